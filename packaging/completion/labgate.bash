# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for labgate. Asks labgate itself, so that it knows what this version knows.

_labgate_words() { # COMMAND: what may come next, that is no file
        local command=$1 previous=$2 protocol=
        case $command:$previous in
        *:--set | *:--set-file)
                for protocol in "${COMP_WORDS[@]}"; do
                        case $protocol in ssh | vnc | rdp) break ;; esac
                done
                labgate settings "$protocol" 2> /dev/null | sed -n 's/^\([a-z_]*\)  .*/\1=/p'
                return ;;
        show:* | remove:* | kill:--lab)
                labgate list --json 2> /dev/null | sed -n 's/.*{"name":"\([^"]*\)".*/\1/p' ;;
        kill:*)
                labgate sessions --json 2> /dev/null | sed -n 's/.*{"session":"\([^"]*\)".*/\1/p' ;;
        add:add | settings:*)
                echo ssh vnc rdp ;;
        esac
        labgate "$command" --help 2> /dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p'
}

_labgate() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
        COMPREPLY=()
        [ "$current" != = ] || current=
        if [ "$COMP_CWORD" -eq 1 ]; then
                mapfile -t COMPREPLY < <(compgen -W "$(labgate --help | sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version" -- "$current")
                return
        fi
        case $previous in
        --private-key | check) compopt -o default 2> /dev/null; [[ $current == -* ]] || return ;;
        --name | --hostname | --port | --username | --host-key | --expires | --max-sessions | --token) return ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$(_labgate_words "${COMP_WORDS[1]}" "$previous")" -- "$current")
        [[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace 2> /dev/null
}

complete -F _labgate labgate
