import { expect, test } from 'vitest';
import { memoryFolder } from './memory-folder.ts';

test.each([
  ['is not mounted', 'proc /proc proc rw 0 0'],
  ['lets no program run', 'shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k 0 0'],
  ['cannot be written', 'shm /dev/shm tmpfs ro,relatime 0 0'],
  ['is on a disk', '/dev/vda /dev/shm ext4 rw,relatime 0 0'],
])('temporary files stay where the system keeps them when the folder in memory %s', (_why, mounts) => {
  expect(memoryFolder(() => mounts)).toBeUndefined();
});
test('a system without mounts to read has no folder in memory', () => {
  expect(
    memoryFolder(() => {
      throw new Error('ENOENT');
    }),
  ).toBeUndefined();
});
