/**
 * The statements of a script, without the semicolons between them. Semicolons within literals,
 * quoted names, comments and dollar quotes separate nothing; what is only comments is no statement.
 */
export const sqlStatements = (script: string): readonly string[] => {
  const statements: string[] = [];
  let start = 0;
  for (const { 0: token, index } of script.matchAll(tokenPattern)) {
    if (token !== ';') continue;
    statements.push(script.slice(start, index));
    start = index + 1;
  }
  statements.push(script.slice(start));
  return statements
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(commentPattern, '').trim() !== '');
};

const commentPattern = /--[^\n]*|\/\*.*?\*\//gs;
const quotedPattern = /'(?:[^']|'')*'|"[^"]*"|\$(?<tag>\w*)\$.*?\$\k<tag>\$/gs;
const tokenPattern = new RegExp(`${commentPattern.source}|${quotedPattern.source}|;`, 'gs');
