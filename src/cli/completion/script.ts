export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What may follow a command: its subcommands, options and fixed arguments. */
export interface CommandWords {
  /** The names from the program down, without it; [] for the program. */
  readonly path: readonly string[];
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

/**
 * A script for a shell. The shell walks along the words that are there, as far as they name a command, and offers what may follow
 * it. Files are offered too where a word is no option, since some commands take one.
 */
export function completionScript(shell: Shell, commands: readonly CommandWords[]): string {
  const write = { bash, zsh, fish }[shell];
  return `${write(commands).join('\n')}\n`;
}

const keyOf = ({ path }: CommandWords): string => path.join(' ');

/** The patterns of a case statement that matches every command but the program. */
const pathsOf = (commands: readonly CommandWords[]): string =>
  commands
    .filter(({ path }) => path.length > 0)
    .map((command) => `"${keyOf(command)}"`)
    .join('|');

/** For bash and zsh: walks along the words that are typed to the command `at`, then sets what may follow that. */
const walk = (
  typed: string,
  commands: readonly CommandWords[],
  follows: (command: CommandWords) => string,
): string[] => [
  `  for word in "${typed}"; do`,
  `    case "\${at:+$at }$word" in`,
  `      ${pathsOf(commands)}) at="\${at:+$at }$word" ;;`,
  '    esac',
  '  done',
  '  case "$at" in',
  ...commands.map((command) => `    "${keyOf(command)}") ${follows(command)} ;;`),
  '  esac',
];

const bash = (commands: readonly CommandWords[]): string[] => [
  '_onsale() {',
  '  local word at="" words=""',
  ...walk(
    `\${COMP_WORDS[@]:1:COMP_CWORD-1}`,
    commands,
    ({ words }) => `words="${words.map(({ word }) => word).join(' ')}"`,
  ),
  `  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))`,
  '}',
  'complete -o default -F _onsale onsale',
];

const described = ({ word, about }: CommandWords['words'][number]): string =>
  quoted(`${word.replaceAll(':', '\\:')}:${about}`);

const zsh = (commands: readonly CommandWords[]): string[] => [
  '#compdef onsale',
  '_onsale() {',
  '  local word at=""',
  '  local -a found',
  ...walk(`\${(@)words[2,CURRENT-1]}`, commands, ({ words }) => `found=(${words.map(described).join(' ')})`),
  "  _describe 'onsale' found || _files",
  '}',
  'compdef _onsale onsale',
];

const fish = (commands: readonly CommandWords[]): string[] => [
  'function __onsale_at',
  '  set -l at',
  '  for word in (commandline -opc)[2..-1]',
  '    set -l next (string join " " -- $at $word)',
  `    contains -- "$next" ${commands
    .filter(({ path }) => path.length > 0)
    .map((command) => quoted(keyOf(command)))
    .join(' ')}; and set at $next`,
  '  end',
  '  test "$at" = "$argv[1]"',
  'end',
  ...commands.flatMap((command) =>
    command.words.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${quoted(word)}`;
      const when = quoted(`__onsale_at ${quoted(keyOf(command), '"')}`);
      return `complete -c onsale -n ${when} ${what} -d ${quoted(about)}`;
    }),
  ),
];

/** In single quotes, in which a shell finds nothing to expand. */
const quoted = (text: string, mark = "'"): string =>
  `${mark}${text.replaceAll("'", '’').replaceAll('\n', ' ')}${mark}`;
