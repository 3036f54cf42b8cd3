import { Argument, Command } from 'commander';
import { type CommandWords, completionScript, type Shell, shells } from '../completion/script.js';

/** Prints a script that completes commands and options in a shell. */
export const completionCommand = (program: () => Command): Command =>
  new Command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText(
      'after',
      `
bash: source <(onsale completion bash), in ~/.bashrc
zsh:  source <(onsale completion zsh), in ~/.zshrc after compinit
fish: onsale completion fish > ~/.config/fish/completions/onsale.fish`,
    )
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, wordsOf(program(), [])));
    });

/** A command and all below it, with the words that may follow each. */
function wordsOf(command: Command, path: readonly string[]): readonly CommandWords[] {
  const help = command.createHelp();
  const own = {
    path,
    words: [
      ...help
        .visibleCommands(command)
        .filter((each) => each.name() !== 'help')
        .map((each) => ({ word: each.name(), about: each.description() })),
      ...help
        .visibleOptions(command)
        .map((option) => ({ word: option.long ?? option.flags, about: option.description })),
      ...command.registeredArguments
        .flatMap(({ argChoices = [] }) => argChoices)
        .map((word) => ({ word, about: '' })),
    ],
  };
  return [own, ...command.commands.flatMap((each) => wordsOf(each, [...path, each.name()]))];
}
