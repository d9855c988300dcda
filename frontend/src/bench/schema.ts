/** What the published schema of mix settings says of a plugin: enough to draw its controls. */

export interface Property {
  type?: "number" | "integer" | "boolean" | "string" | "array" | "object";
  title?: string;
  description?: string;
  enum?: (string | number)[];
  const?: string;
  minimum?: number;
  maximum?: number;
  default?: number | string | boolean;
  unit?: string;
  curve?: string;
  minItems?: number;
  maxItems?: number;
  items?: { $ref?: string };
}

export interface Definition {
  title?: string;
  description?: string;
  properties: Record<string, Property>;
}

export interface Schema {
  $defs: Record<string, Definition>;
}

export type Value = number | string | boolean;
export type Entry = Record<string, Value | Row[]>;
export type Row = Record<string, Value>;
export interface Plugin {
  type: string;
  bypass?: boolean;
  [name: string]: unknown;
}

const APART = new Set(["type", "bypass", "automation"]);

/** Types that can be added, in the schema's order: those with a `type` of their own. */
export function kindsOf(schema: Schema): [kind: string, title: string][] {
  return Object.entries(schema.$defs)
    .filter(([, definition]) => definition.properties.type?.const)
    .map(([kind, definition]) => [kind, definition.title ?? kind]);
}

/** What can be set of a plugin or a row, in order. */
export function controlsOf(definition: Definition): [name: string, property: Property][] {
  return Object.entries(definition.properties).filter(([name]) => !APART.has(name));
}

export function rowOf(schema: Schema, property: Property): Definition | null {
  const name = property.items?.$ref?.split("/").at(-1);
  return (name && schema.$defs[name]) || null;
}

function defaultsOf(definition: Definition): Row {
  const found: Row = {};
  for (const [name, property] of controlsOf(definition)) {
    const value = property.default ?? property.enum?.[0] ?? property.minimum;
    if (value !== undefined && property.type !== "array") found[name] = value;
  }
  return found;
}

/** A new plugin as it stands before anything is turned. */
export function newPlugin(schema: Schema, kind: string): Plugin {
  const definition = schema.$defs[kind];
  if (!definition) return { type: kind };
  const plugin: Plugin = { type: kind, ...defaultsOf(definition) };
  for (const [name, property] of controlsOf(definition)) {
    const row = property.type === "array" ? rowOf(schema, property) : null;
    if (row) plugin[name] = [newRow(schema, property)];
  }
  return plugin;
}

export function newRow(schema: Schema, property: Property): Row {
  const row = rowOf(schema, property);
  const made = row ? defaultsOf(row) : {};
  if ("frequency_hz" in made && Number(made.frequency_hz) < 20) made.frequency_hz = 1000;
  return made;
}

/** A list with one entry moved by one place; the same where it cannot. */
export function moved<T>(list: readonly T[], place: number, by: 1 | -1): T[] {
  const to = place + by;
  const next = [...list];
  const [one] = next.splice(place, 1);
  if (one === undefined || to < 0 || to >= list.length) return [...list];
  next.splice(to, 0, one);
  return next;
}

/** How fine a slider of a number is. */
export function stepOf(property: Property): number {
  if (property.type === "integer") return 1;
  const span = (property.maximum ?? 1) - (property.minimum ?? 0);
  return span > 1000 ? 1 : span > 20 ? 0.1 : 0.01;
}
