/** An object as a query returns it: with null for what it does not have. */
export type RowOf<Type> = {
  readonly [Field in keyof Type]-?: undefined extends Type[Field]
    ? Exclude<Type[Field], undefined> | null
    : Type[Field];
};

/** The object in a row, without the fields that are null. */
export const fromRow = <Type extends object>(row: RowOf<Type>): Type =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Type;
