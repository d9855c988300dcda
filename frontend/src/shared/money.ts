/** Money for labels of pictures. Pages print their exact figures on the server; a chart's axis may round. */

export function minorDigits(currency: string): number {
  try {
    return (
      new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ??
      2
    );
  } catch {
    return 2;
  }
}

/** Minor units -> "1,234.56 EUR" in the page's language, with a true minus; `digits` fewer decimals for an axis. */
export function writeMoney(minor: number, currency: string, digits = minorDigits(currency)): string {
  const whole = minor / 10 ** minorDigits(currency);
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const text = new Intl.NumberFormat(document.documentElement.lang || "en", form).format(Math.abs(whole));
  return `${whole < 0 ? "−" : ""}${text} ${currency}`;
}
