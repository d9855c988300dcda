/** A name on two lines at most: pictures have no other way to break a line. Pure. */

/** `text` in lines of `most` characters, broken at a space where there is one; only a second line is ever cut. */
export function twoLines(text: string, most: number): string[] {
  if (text.length <= most) return [text];
  const space = text.lastIndexOf(" ", most);
  if (space <= 0) return [cut(text, most)];
  return [text.slice(0, space).trimEnd(), cut(text.slice(space + 1).trimStart(), most)];
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}
