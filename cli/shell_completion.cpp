// espalier shell-completion bash|zsh|fish: completion scripts, written from the same declarations that
// the parser uses, so they cannot fall behind.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/output.h"
#include "cli/verb.h"

namespace espalier {
namespace {

struct Word {
  std::string text;
  std::string description;
};

/// A verb with what may follow it. The program itself has the empty path.
struct VerbWords {
  std::string path;  ///< "model pull"
  std::vector<Word> verbs;
  std::vector<Word> flags;
};

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

void Collect(const CLI::App& app, const std::string& path, std::vector<VerbWords>& all) {
  VerbWords words{path, {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      words.flags.push_back({"--" + name, FirstLine(option->get_description())});
    }
  }
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* verb : verbs)
    words.verbs.push_back({verb->get_name(), FirstLine(verb->get_description())});
  all.push_back(words);
  for (const CLI::App* verb : verbs)
    Collect(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), all);
}

std::vector<VerbWords> AllWords() {
  Invocation unused;
  CLI::App app("", "espalier");
  AddAllVerbs(app, unused);
  std::vector<VerbWords> all;
  Collect(app, "", all);
  return all;
}

std::string Joined(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text += (text.empty() ? "" : " ") + word.text;
  return text;
}

std::string BashScript() {
  std::string cases, paths;
  for (const VerbWords& words : AllWords()) {
    if (!words.path.empty()) paths += (paths.empty() ? "'" : "|'") + words.path + "'";
    cases += fmt::format("    '{}') words='{}'; flags='{}' ;;\n", words.path, Joined(words.verbs),
                         Joined(words.flags));
  }
  return fmt::format(R"(# bash completion for espalier; put this in ~/.bashrc:
#   source <(espalier shell-completion bash)
_espalier() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path='' words='' flags='' word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) break ;; esac
    path="${{path:+$path }}$word"
    case "$path" in
      {}) ;;
      *) path="${{path% *}}"; break ;;
    esac
  done
  case "$path" in
{}  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
  elif [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -o filenames -F _espalier espalier
)",
                     paths, cases);
}

/// zsh understands bash's completion functions; so there is one list to keep right.
std::string ZshScript() {
  return "# zsh completion for espalier; put this in ~/.zshrc:\n#   source <(espalier shell-completion zsh)\n"
         "autoload -Uz compinit bashcompinit\n(( $+functions[compdef] )) || compinit -i\nbashcompinit\n" +
         BashScript();
}

std::string FishQuoted(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return "'" + text + "'";
}

/// The condition under which the words of a path are offered.
std::string FishCondition(const VerbWords& words) {
  if (words.path.empty()) return "__fish_use_subcommand";
  std::string condition;
  size_t start = 0;
  while (start <= words.path.size()) {
    const size_t end = std::min(words.path.find(' ', start), words.path.size());
    condition += (condition.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") +
                 words.path.substr(start, end - start);
    start = end + 1;
  }
  if (!words.verbs.empty()) condition += "; and not __fish_seen_subcommand_from " + Joined(words.verbs);
  return condition;
}

std::string FishScript() {
  std::string script =
      "# fish completion for espalier; put this in ~/.config/fish/config.fish:\n"
      "#   espalier shell-completion fish | source\n";
  for (const VerbWords& words : AllWords()) {
    const std::string condition = FishQuoted(FishCondition(words));
    for (const Word& verb : words.verbs) {
      script += fmt::format("complete -c espalier -f -n {} -a {} -d {}\n", condition, verb.text,
                            FishQuoted(verb.description));
    }
    for (const Word& flag : words.flags) {
      script += fmt::format("complete -c espalier -n {} -l {} -d {}\n", condition, flag.text.substr(2),
                            FishQuoted(flag.description));
    }
  }
  return script;
}

Result<ExitCode> RunShellCompletion(const Invocation& invocation, const std::string& shell) {
  const std::string script = shell == "bash" ? BashScript() : shell == "zsh" ? ZshScript() : FishScript();
  if (invocation.json) {
    PrintJson({{"shell", shell}, {"script", script}});
  } else {
    fmt::print("{}", script);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddShellCompletionVerb(CLI::App& app, Invocation& invocation) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* verb =
      AddVerb(app, invocation, "shell-completion", "Print a completion script for a shell",
              "  source <(espalier shell-completion bash)\n  source <(espalier shell-completion zsh)\n"
              "  espalier shell-completion fish | source",
              [&invocation, shell] { return RunShellCompletion(invocation, *shell); });
  verb->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace espalier
