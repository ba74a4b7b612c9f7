import avsc from 'avsc';

// By the default export: Node finds no names in this CommonJS module when scripts load it
// unbundled.
const { LogicalType } = avsc.types;

/** A logical type that is read as text. */
abstract class Text extends LogicalType {
  protected override _toValue(): never {
    throw new Error('Records are only read here');
  }

  protected override _fromValue(value: unknown): string {
    return this.toText(value);
  }

  protected abstract toText(value: unknown): string;
}

const MS_PER_DAY = 86_400_000;

class TimestampMillis extends Text {
  protected toText(value: number): string {
    return new Date(value).toISOString();
  }
}

class TimestampMicros extends Text {
  protected toText(value: number): string {
    const millis = Math.floor(value / 1000);
    const micros = String(value - millis * 1000).padStart(3, '0');
    return new Date(millis).toISOString().replace('Z', `${micros}Z`);
  }
}

class CalendarDate extends Text {
  protected toText(value: number): string {
    return new Date(value * MS_PER_DAY).toISOString().replace(/T.*/, '');
  }
}

/** An exact decimal: a float would lose cents. */
class Decimal extends Text {
  readonly #scale: number;

  constructor(schema: { scale?: number }, options?: object) {
    super(schema as never, options);
    this.#scale = schema.scale ?? 0;
  }

  protected toText(value: Buffer): string {
    const unscaled = BigInt.asIntN(value.length * 8, BigInt(`0x0${value.toString('hex')}`));
    const sign = unscaled < 0n ? '-' : '';
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(this.#scale + 1, '0');
    const point = digits.length - this.#scale;
    const fraction = this.#scale === 0 ? '' : `.${digits.slice(point)}`;
    return `${sign}${digits.slice(0, point)}${fraction}`;
  }
}

/**
 * How logical types are read: instants and dates as ISO 8601, decimals as decimal text, as in JSON.
 */
export const logicalTypes = {
  'timestamp-millis': TimestampMillis,
  'timestamp-micros': TimestampMicros,
  date: CalendarDate,
  decimal: Decimal,
} as const;
