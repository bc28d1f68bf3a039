// Origins of web pages, as browsers write them.

/** Whether `text` names one page's address: scheme, host and port. `null` does not: it is sent by files, sandboxed frames and others alike. */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;
