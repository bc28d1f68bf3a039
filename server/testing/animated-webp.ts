// Still WebP pictures, as Chromium takes them, put together to one that moves. The container alone (RIFF, Google's WebP specification): no picture is coded anew.

export interface Frame {
  /** A whole WebP file with one picture, of the same size as all others. */
  file: Buffer;
  /** How long it is shown. */
  ms: number;
}

const uint24 = (value: number) => Buffer.from([value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff]);
function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}
/** The picture's own chunk of a file. Throws where there is none. */
function pictureOf(file: Buffer): Buffer {
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    if (name === 'VP8 ' || name === 'VP8L') return chunk(name, file.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  throw new Error('this is no WebP file with a picture');
}

const isAnimated = 0b10;
const noBlending = 0b10;
/** One file that shows the frames in order, again and again. */
export function animatedWebp(
  frames: readonly Frame[],
  { width, height }: { width: number; height: number },
): Buffer {
  const size = Buffer.concat([uint24(width - 1), uint24(height - 1)]);
  const chunks = [
    chunk('VP8X', Buffer.concat([Buffer.from([isAnimated, 0, 0, 0]), size])),
    chunk('ANIM', Buffer.alloc(6)), // a transparent ground; no end
    ...frames.map(({ file, ms }) =>
      chunk(
        'ANMF',
        Buffer.concat([uint24(0), uint24(0), size, uint24(ms), Buffer.from([noBlending]), pictureOf(file)]),
      ),
    ),
  ];
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP', 'latin1'), ...chunks]));
}
