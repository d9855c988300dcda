/** Follows a pointer from where it went down until it is let go. */
export function drag(onMove: (event: PointerEvent) => void, onEnd: () => void = () => undefined): void {
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    onEnd();
  };
  window.addEventListener("pointermove", onMove, { signal: over.signal });
  window.addEventListener("pointerup", end, { signal: over.signal });
  window.addEventListener("pointercancel", end, { signal: over.signal });
}
