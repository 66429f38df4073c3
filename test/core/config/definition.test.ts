// Settings are read as Kafka's ConfigDef reads them, with Java's parsers.

import { expect, test } from "vitest";
import {
  boolean,
  ConfigError,
  configValueText,
  double,
  int,
  list,
  long,
  LONG_MAX,
  parseConfigValue,
  string,
  type ConfigDefinition,
} from "../../../core/config/definition.js";

const INT = int(0, "");
const LONG = long(0, "");

function read(definition: ConfigDefinition<unknown>, ...values: readonly (string | number | boolean)[]): unknown[] {
  return values.map((value) => {
    try {
      return parseConfigValue("setting", definition, value);
    } catch (error) {
      if (error instanceof ConfigError) return "refused";
      throw error;
    }
  });
}

test("longs: all of Java's, those beyond the safe integers as the nearest; nothing outside, nothing that is not whole", () => {
  expect(read(LONG, "9223372036854775807", "-9223372036854775808")).toEqual([LONG_MAX, -LONG_MAX]);
  expect(read(LONG, "9223372036854775808", "-9223372036854775809")).toEqual(["refused", "refused"]);
  expect(read(LONG, "+7", " 7 ", "-007", 7)).toEqual([7, 7, -7, 7]);
  expect(read(LONG, "1e3", "1.0", "0x10", "", " ", "- 1", "1_000", 1.5, true)).toEqual(Array(9).fill("refused"));
});

test("ints: Java's range", () => {
  expect(read(INT, "2147483647", "-2147483648", "+1")).toEqual([2147483647, -2147483648, 1]);
  expect(read(INT, "2147483648", "-2147483649", 2147483648)).toEqual(Array(3).fill("refused"));
});

test("doubles: decimal notation", () => {
  expect(read(double(0, ""), "0.5", " .5", "5e-1", "1.", "+1d", 0.25)).toEqual([0.5, 0.5, 0.5, 1, 1, 0.25]);
  expect(read(double(0, ""), "", "0x1", "1,5", "half")).toEqual(Array(4).fill("refused"));
});

test("booleans in any case, words trimmed", () => {
  expect(read(boolean(false, ""), "TRUE", " False ", true)).toEqual([true, false, true]);
  expect(read(boolean(false, ""), "yes", "", 1)).toEqual(Array(3).fill("refused"));
  expect(read(string("gzip", "", { oneOf: ["gzip"] }), " gzip ")).toEqual(["gzip"]);
  expect(read(list([], ""), " a , b ")).toEqual([["a", "b"]]);
});

test("no limit is told as Java's Long.MAX_VALUE; what is not a long is left alone", () => {
  expect(configValueText(LONG, LONG_MAX)).toBe("9223372036854775807");
  expect(configValueText(LONG, 7)).toBe("7");
  expect(configValueText(string("", ""), LONG_MAX)).toBe("9007199254740991");
});
