import { expect, test } from "vitest";
import { placeWords, readMix, SEND_OFF_DB, sendOf, withSend } from "./mixing";

const WORDS = { left: "left", right: "right", middle: "middle" };

test("a send that is turned all the way down is no send", () => {
  const strip = { name: "Lead", sends: [{ to: "Reverb", gain_db: -12 }] };

  expect(sendOf(strip, "Reverb")).toBe(-12);
  expect(sendOf(strip, "Delay")).toBe(SEND_OFF_DB);
  expect(withSend(strip, "Reverb", SEND_OFF_DB)).toEqual([]);
  expect(withSend(strip, "Delay", -20)).toHaveLength(2);
});

test("a place is said in words", () => {
  expect(placeWords(0, WORDS)).toBe("middle");
  expect(placeWords(-0.5, WORDS)).toBe("50 % left");
  expect(placeWords(1, WORDS)).toBe("100 % right");
});

test("what is no mix is told from one", () => {
  expect(readMix('{"version":1,"tracks":[]}')?.tracks).toEqual([]);
  expect(readMix("{")).toBeNull();
  expect(readMix('{"plugins":[]}')).toBeNull();
});
