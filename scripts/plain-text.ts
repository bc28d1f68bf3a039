// Text from elsewhere (a name of the broker's, a row that others may have written) on a terminal: nothing in it may move the cursor.
export const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');
