// What a key or an identifier of the broker may not hold: checked by the server, and told by a form before anything is sent.

export const unbroken = {
  pattern: /^\S+$/,
  message: 'holds a blank or a line end: copy it again without',
};
