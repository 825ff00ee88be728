# Completion of engram for bash: eval "$(engram completion bash)" in ~/.bashrc.
_engram() {
    local rest=${COMP_LINE:0:COMP_POINT} last=${COMP_WORDS[COMP_CWORD]} line word cut i
    local -a words=()
    COMPREPLY=()

    # Bash cuts words at = and : too; those that stand together in the line are one.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            words+=("")
        fi
        word=${rest:0:${#word}}
        words[${#words[@]}-1]+=${word//[\"\'\\]/}
        rest=${rest:${#word}}
    done

    # Bash replaces only what stands behind the last = or :.
    word=${words[${#words[@]}-1]}
    cut=
    if [[ $word == *[=:]* && $COMP_WORDBREAKS == *[=:]* && $last != "$word" ]]; then
        cut=${word%"${word##*[=:]}"}
    fi

    while IFS= read -r line; do
        line=${line%%$'\t'*}
        [[ $line == *= ]] && compopt -o nospace
        COMPREPLY+=("$(printf '%q' "${line#"$cut"}")")
    done < <("${1/#\~/$HOME}" complete -- "${words[@]:1}" 2>/dev/null)
}
complete -o bashdefault -o default -F _engram engram
