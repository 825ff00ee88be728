# Completion of engram for fish: engram completion fish > ~/.config/fish/completions/engram.fish
function __engram_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c engram -f -a '(__engram_complete)'
