// `$(VAR)` in commands, arguments and variables (core/v1 Container).

/** Replaces `$(NAME)` where NAME is known; `$$(NAME)` stands for itself with one dollar less; anything else stays. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)\s]+)\)/g, (all, name: string | undefined) => {
    if (name === undefined) return '$'
    return variables[name] ?? all
  })
}
