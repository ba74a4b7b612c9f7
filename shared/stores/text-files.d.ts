/**
 * Scripts and migrations are files of their own language; the bundler, vitest and Node's hook
 * import them as text.
 */
declare module '*.lua' {
  const text: string;
  export default text;
}
declare module '*.sql' {
  const text: string;
  export default text;
}
