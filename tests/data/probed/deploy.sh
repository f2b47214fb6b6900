#!/usr/bin/env bash
# Copies what was built to where it is to run.
set -euo pipefail

readonly target="${1:-staging}" name=${0##*/}
declare -A hosts=([staging]="a.example" [live]="b.example c.example")
count=0

usage() {
  cat <<-END
	usage: $name [target]
	targets: ${!hosts[@]}
	END
  exit "${1:-2}"
}

case $target in
  -h | --help) usage 0 ;;
  staging | live) ;;
  *)
    echo "unknown target '$target'" >&2
    usage
    ;;
esac

for host in ${hosts[$target]}; do
  if [[ $host == *.example && ! $host =~ ^[0-9]+(\.[0-9]+)*$ ]]; then
    printf '%s\n' "copying to $host ($((count + 1)))"
  elif [ -z "$host" ]; then
    continue
  fi
  while read -r file; do
    scp -q -- "$file" "deploy@$host:/srv/${file%.tmp}" || { echo "failed: $file"; exit 1; }
  done < <(find build -name '*.so' -newer .stamp)
  ((count++)) || true
done

ssh "deploy@$host" bash -s <<'SCRIPT' | tee "log-$(date +%F).txt"
cd /srv && ln -sfn "$(ls -t | head -n1)" current
echo "$HOME is not expanded here; it is été"
SCRIPT

files=(*.log *.txt)
echo "${#files[@]} files, first: ${files[0]:0:8} ${files[*]/log/LOG}"
[[ -f .stamp ]] && rm .stamp; touch .stamp &
wait $!
if [ -f .old ]; then \
  rm .old; \
fi
select choice in yes no; do break; done
until false; do break; done
trap 'echo bye' EXIT
echo $'tab\there' $"translated" `uname` "a"'b'c\ d
