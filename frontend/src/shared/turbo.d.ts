/** The part of Turbo that we touch; the package ships no types. */
declare module "@hotwired/turbo" {
  export const config: {
    forms: { mode: "on" | "off" | "optin" };
  };
  export function start(): void;
  export function visit(address: string): void;
}
