#compdef engram
# Completion of engram for zsh: eval "$(engram completion zsh)" in ~/.zshrc, after compinit; or this text as the file _engram on $fpath.
_engram() {
    local line name
    local -a found names shown open openShown
    found=("${(@f)$(${(Q)words[1]} complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    for line in $found; do
        name=${line%%$'\t'*}
        [[ -n $name ]] || continue
        line=${line/$'\t'/  -- }
        # A key waits for its value.
        if [[ $name == *= ]]; then
            open+=("$name")
            openShown+=("$line")
        else
            names+=("$name")
            shown+=("$line")
        fi
    done
    (( $#names + $#open )) || { _files; return }
    (( $#open )) && compadd -S '' -l -d openShown -a open
    (( $#names )) && compadd -l -d shown -a names
}
if [[ $funcstack[1] == _engram ]]; then
    _engram "$@"
else
    compdef _engram engram
fi
