#!/usr/bin/env bash
# tests/two-hosts.sh [mpich|openmpi]: one training on two hosts, two ranks each, against one process. The hosts are network namespaces with
# names, addresses and a cable of their own, made here and taken away again, which only root may do. ENGRAM names the command.
set -euo pipefail
library=${1:-openmpi}
engram=${ENGRAM:-engram}
skip() { echo "SKIPPED: $1"; exit 0; }
command -v "mpiexec.$library" >/dev/null || skip "there is no mpiexec.$library here."
command -v ip >/dev/null || skip "there is no ip here (Debian's iproute2)."
[ "$(id -u)" = 0 ] || skip "making hosts needs root."
a=engram-a-$$ b=engram-b-$$
work=$(mktemp -d)
clean() {
    ip netns delete "$a" 2>/dev/null || true
    ip netns delete "$b" 2>/dev/null || true
    rm -rf "$work"
}
trap clean EXIT
ip netns add "$a" 2>/dev/null || skip "making a network namespace is not allowed here."
ip netns add "$b"
ip link add cable0 netns "$a" type veth peer name cable0 netns "$b" 2>/dev/null || skip "making a cable (veth) is not allowed here."
ip -n "$a" address add 10.213.7.1/24 dev cable0
ip -n "$b" address add 10.213.7.2/24 dev cable0
for host in "$a" "$b"; do
    ip -n "$host" link set lo up
    ip -n "$host" link set cable0 up
done

# What launchers call in place of ssh: options, a host, a command.
cat >"$work/remote" <<END
#!/usr/bin/env bash
while [ "\${1#-}" != "\$1" ]; do shift; done
case \$1 in 10.213.7.1) space=$a name=first;; *) space=$b name=second;; esac
shift
exec ip netns exec \$space unshare --uts bash -c "hostname engram-\$name; \$*"
END
chmod +x "$work/remote"

cat >"$work/recipe.yaml" <<'YAML'
name: Two hosts
description: Small sines, eight lifetimes an outer step.
extends: sines/small/iid/flp-2
meta-training: {outer-steps: 6, lifetimes-per-outer-step: 8, checkpoint-every: 3}
evaluation: {lifetimes: 4}
YAML
export ENGRAM_RUNS="$work/runs" HOME="$work"
$engram train "$work/recipe.yaml" --run one --threads 1 --quiet >/dev/null
train=($engram train "$work/recipe.yaml" --run hosts --threads 1)
if [ "$library" = openmpi ]; then
    # Processes that share a machine would take its memory in place of the cable: tcp alone.
    launch=(mpiexec.openmpi --allow-run-as-root --oversubscribe -n 4 --host 10.213.7.1:2,10.213.7.2:2
        --mca plm_rsh_agent "$work/remote" --mca plm_rsh_no_tree_spawn 1 --mca btl tcp,self --mca pml ob1
        --mca btl_tcp_if_include 10.213.7.0/24 --mca oob_tcp_if_include 10.213.7.0/24 -x ENGRAM_RUNS -x HOME)
else
    # The cable alone: both hosts have the same loopback address.
    export UCX_TLS=tcp,self UCX_NET_DEVICES=cable0
    launch=(mpiexec.mpich -n 4 -hosts 10.213.7.1,10.213.7.2 -ppn 2 -launcher ssh -launcher-exec "$work/remote" -iface cable0)
fi
ip netns exec "$a" unshare --uts bash -c 'hostname engram-first; "$@"' - "${launch[@]}" "${train[@]}" 2>"$work/messages" >"$work/table" ||
    { cat "$work/table" "$work/messages"; exit 1; }
grep "ranks:" "$work/messages"
# Checkpoints begin with the length of a header that says when they were written; what follows are the numbers.
numbers() { tail -c "+$((9 + $(od -An -t u8 -N 8 "$1")))" "$1"; }
for step in 3 6; do
    file=checkpoint-000000000$step.safetensors
    cmp <(numbers "$work/runs/one/$file") <(numbers "$work/runs/hosts/$file")
done
cmp <(cut -d, -f2- "$work/runs/one/evaluation.csv") <(cut -d, -f2- "$work/runs/hosts/evaluation.csv")
sent=$(ip netns exec "$a" cat "/sys/class/net/cable0/statistics/tx_bytes")
parameters=$(stat -c %s "$work/runs/one/checkpoint-0000000003.safetensors")
[ "$sent" -gt "$parameters" ] || { echo "only $sent bytes went over the cable"; exit 1; }
echo "$library: 4 ranks on 2 hosts have the bits of one process; $((sent / 1000)) kB went over the cable from the first."
