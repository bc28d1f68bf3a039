// What is printed after whoever read it has ended (a closed terminal, `| head`) is lost, and nothing else happens.

/** Without this each line raises an error that ends the process, or is logged in turn, for ever. Call it once, first. */
export function goOnUnread(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
}
