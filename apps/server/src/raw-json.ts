/**
 * JSON text that PostgreSQL already built. Our HTTP adapter writes the text as it is;
 * any other serialiser meets `toJSON` and gets the same value, only slower.
 */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

/**
 * Declares `text` as the JSON of a `Value`, so that the router's types say what is on the wire.
 * The cast is the border: the query that built the text has a test that holds it to the type.
 */
export function rawJson<Value>(text: string): Value {
  return new RawJson(text) as Value
}
