# bash completion for recat. Source it, or keep it where your bash-completion
# looks: recat completion bash > ~/.local/share/bash-completion/completions/recat
#
# What is offered comes from recat itself. Paths of categories hold spaces and
# ">", so that words are taken apart and put together here, quotes included.

# _recat_read takes the line up to the cursor apart, without expanding any of
# it: words before the one that is typed, that one, the quote that is open in
# it, and what of it readline keeps as it is.
_recat_read() {
    local line=${COMP_LINE:0:COMP_POINT} c i begun=
    words=() typed= quote= kept=
    for ((i = 0; i < ${#line}; i++)); do
        c=${line:i:1}
        if [[ $quote ]]; then
            if [[ $c == "$quote" ]]; then
                quote=
                continue
            elif [[ $c == \\ && $quote == '"' && ${line:i+1:1} == [\"\$\`\\] ]]; then
                ((i += 1))
                c=${line:i:1}
            fi
        elif [[ $c == [\"\'] ]]; then
            quote=$c kept=$typed begun=1
            continue
        elif [[ $c == [$' \t\n'] ]]; then
            if [[ $begun ]]; then words+=("$typed"); fi
            typed= kept= begun=
            continue
        elif [[ $c == \\ ]]; then
            ((i += 1))
            c=${line:i:1}
        elif [[ $COMP_WORDBREAKS == *"$c"* ]]; then
            kept=$typed$c
        fi
        typed+=$c begun=1
    done
}

# _recat_quoted writes words, a line each, as they must be typed.
_recat_quoted() {
    case $quote in
    \") sed 's/["$`\\]/\\&/g' ;;
    \') sed "s/'/'\\\\''/g" ;;
    *) sed 's/[][ !"#$&'\''()*;<>?\\^`{|}~]/\\&/g' ;;
    esac
}

# _recat_list shows words with what describes them.
_recat_list() {
    local word description widest=0
    for word in "${found[@]%%$'\t'*}"; do
        if ((${#word} > widest)); then widest=${#word}; fi
    done
    for word in "${found[@]}"; do
        description=${word#*$'\t'}
        if [[ $description == "$word" ]]; then
            COMPREPLY+=("$word")
            continue
        fi
        printf -v word '%-*s  (%s)' "$widest" "${word%%$'\t'*}" "$description"
        COMPREPLY+=("${word:0:COLUMNS > 20 ? COLUMNS - 1 : 80}")
    done
}

_recat() {
    local words typed quote kept out directive flag= tilde= found=() word
    COMPREPLY=()
    _recat_read
    if [[ $typed == '~/'* && ! $quote ]]; then
        tilde=1 typed=$HOME/${typed:2}
    fi
    out=$("${words[0]/#\~\//$HOME/}" __complete "${words[@]:1}" "$typed" 2>/dev/null) || return
    directive=${out##*:}
    if [[ $typed == -*=* ]]; then flag=${typed%%=*}=; fi
    while IFS= read -r word; do
        if [[ $word && $word == "${typed#"$flag"}"* ]]; then found+=("$word"); fi
    done <<<"${out%:*}"
    if ((directive & 4)); then compopt +o default; fi
    if ((directive & 2)); then compopt -o nospace; fi
    if ((directive & 32)); then compopt -o nosort 2>/dev/null; fi
    if ((${#found[@]} == 0)); then return; fi
    if ((COMP_TYPE == 63 && ${#found[@]} > 1)); then # only listed
        _recat_list
        return
    fi
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(for word in "${found[@]%%$'\t'*}"; do
        word=$flag$word
        if [[ $tilde ]]; then word='~/'${word#"$HOME"/}; fi
        printf '%s\n' "${word#"$kept"}"
    done | _recat_quoted)
    if [[ $tilde ]]; then COMPREPLY=("${COMPREPLY[@]#\\}"); fi
}

complete -o default -F _recat recat
