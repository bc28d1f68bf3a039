// Choices kept in this browser. Where it keeps nothing (a private window, a full or forbidden storage) they live as long as the page.

export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
export function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // see above
  }
}
export function forget(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // see above
  }
}
