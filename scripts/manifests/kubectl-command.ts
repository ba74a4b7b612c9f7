/** A parsed command of kubectl. */
export type KubectlCommand = Readonly<{
  /** The command as it is written, on one line. */
  text: string;
  verb: string;
  /** What follows the verb, without flags and without the command to run inside a pod. */
  operands: readonly string[];
  /** Flags by their name, with `true` for those without a value. */
  flags: Readonly<Record<string, string | true>>;
}>;

/**
 * The commands of kubectl in a Markdown text, in code blocks and in inline code, as a shell would
 * read them: quotes and a backslash at the end of a line are understood, variables and pipes are
 * not.
 */
export const kubectlCommandsIn = (markdown: string): readonly KubectlCommand[] => {
  const blocks = Array.from(markdown.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm), ([, code = '']) =>
    code.replaceAll(/\\\n\s*/g, ' ').split('\n'),
  ).flat();
  const prose = markdown.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  const inline = Array.from(prose.matchAll(/`(kubectl [^`]+)`/g), ([, code = '']) =>
    code.replaceAll(/\s+/g, ' '),
  );
  const lines = blocks.flatMap((line) => {
    const from = line.search(/(?<![\w-])kubectl /);
    return from < 0 ? [] : [line.slice(from)];
  });
  return [...lines, ...inline].map(toCommand);
};

const toCommand = (text: string): KubectlCommand => {
  const operands: string[] = [];
  const flags: Record<string, string | true> = {};
  const words = wordsOf(text).values().drop(1);
  for (const word of words) {
    if (word === '--') break;
    if (!word.startsWith('-')) operands.push(word);
    else if (takesValue.has(word)) flags[word] = words.next().value ?? true;
    else Object.assign(flags, flagOf(word));
  }
  const [verb = '', ...others] = operands;
  return { text, verb, operands: others, flags };
};

/** `--replicas=6` and `--overwrite`. */
const flagOf = (word: string): KubectlCommand['flags'] => {
  const at = word.indexOf('=');
  return at < 0 ? { [word]: true } : { [word.slice(0, at)]: word.slice(at + 1) };
};

/** Flags whose value is the next word. */
const takesValue = new Set(['-n', '-p', '-o', '-l', '-f', '-k', '--type']);

/** The words of a command up to its end, as a shell splits them. */
const wordsOf = (text: string): readonly string[] => {
  const [command = ''] = text.split(/\s(?:#|\||&&)\s/);
  return Array.from(command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g), ([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
};
