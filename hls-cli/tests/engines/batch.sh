#!/bin/bash
# A batch system for tests: a job is processes on this machine, on nodes n1 and n2 by name. Files beside this script make it misbehave:
#   lose       the next submission is carried out, and whoever asked for it is killed before it hears of it
#   double     each element is started twice
set -u
here=$(dirname "$0")
jobs=$here/jobs
mkdir -p "$jobs"

number() {
    exec 9>"$here/lock"
    flock 9
    local last
    last=$(cat "$here/last" 2>/dev/null || echo 100)
    echo $((last + 1)) | tee "$here/last"
    exec 9>&-
}

# start ID INDEX COMMAND...: in a process group of its own, which is all that is known of it afterwards.
start() {
    local id=$1 index=$2 node=${node-n1}
    shift 2
    BATCH_INDEX=$index BATCH_NODE=$node setsid "$@" >>"$here/log" 2>&1 </dev/null 9>&- &
    echo $! >>"$jobs/$id.$index"
}

lives() { while read -r pid; do kill -0 -- "-$pid" 2>/dev/null && return 0; done <"$1"; return 1; }

case $1 in
submit) # NAME FIRST LAST SCRIPT [not NODE,NODE,...]
    id=$(number)
    echo "$2" >"$jobs/$id.name"
    nodes=()
    for node in n1 n2; do [[ ,${7-}, == *,$node,* ]] || nodes+=("$node"); done
    for index in $(seq "$3" "$4"); do
        node=${nodes[index % ${#nodes[@]}]}
        start "$id" "$index" bash "$5"
        [ ! -e "$here/double" ] || start "$id" "$index" bash "$5"
    done
    if [ -e "$here/lose" ]; then
        rm "$here/lose"
        kill -9 $PPID
    fi
    echo "Your job has the number $id"
    ;;
after) # NAME ID SCRIPT
    id=$(number)
    echo "$2" >"$jobs/$id.name"
    start "$id" 1 bash -c "while $0 is-alive $3; do sleep 0.1; done; exec bash '$4'"
    echo "$id"
    ;;
is-alive) # ID
    for file in "$jobs/$2".[0-9]*; do lives "$file" && exit 0; done
    exit 1
    ;;
list) # NAME
    for name in "$jobs"/*.name; do
        [ "$(cat "$name" 2>/dev/null)" = "$2" ] || continue
        id=$(basename "$name" .name)
        for file in "$jobs/$id".[0-9]*; do
            lives "$file" && echo "$id ${file##*.}"
        done
    done
    exit 0
    ;;
cancel) # ID
    for file in "$jobs/$2".[0-9]*; do
        while read -r pid; do kill -TERM -- "-$pid" 2>/dev/null; done <"$file"
    done
    exit 0
    ;;
esac
