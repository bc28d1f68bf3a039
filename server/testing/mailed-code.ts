// The code of a mail, as somebody on this machine reads it in the mailbox.
import { vi } from 'vitest';
import { z } from 'zod';

const Letters = z.object({
  letters: z.array(z.object({ to: z.string(), subject: z.string(), text: z.string() })),
});

/** Of the newest mail about `subject` to an address, once the worker has put it there. */
export const mailedCode = (url: string, email: string, subject = 'confirm your e-mail address') =>
  vi.waitFor(async () => {
    const { letters } = Letters.parse(await (await fetch(`${url}/mailbox`)).json());
    const letter = letters.find((each) => each.to === email && each.subject.endsWith(subject));
    return /^ {4}(\S+)$/m.exec(letter?.text ?? '')![1]!;
  }, 20_000);
