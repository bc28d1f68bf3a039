// The shell that npm runs a script in, when a signal takes it: it ends without a word to the server it started, whose output is ours.
import { spawn } from 'node:child_process';

const server = spawn(process.execPath, ['server/main/all.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
server.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk);
  if (chunk.toString().includes('Ctrl-C')) process.exit(0);
});
