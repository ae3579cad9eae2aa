#!/bin/bash
# A Galera cluster of three MariaDB nodes on this machine, for tests.
#
#   galera.sh start DIR      starts it in the new or empty folder DIR, and
#                            prints the three DSNs, one a line
#   galera.sh dsns DIR       prints them again
#   galera.sh status DIR     prints node, pid, state and cluster size, one a line
#   galera.sh kill DIR N     SIGKILL to node N (1, 2 or 3); waits for its end
#   galera.sh rejoin DIR N   starts node N again and waits until it is synced
#   galera.sh stop DIR       ends all that start and rejoin began, and removes
#                            the nodes' data
#
# It needs mariadb-server, galera-4 and rsync (Debian's packages will do). It
# listens on 127.0.0.1 only, on ports of its own, reads no settings of the
# machine's, and leaves every other server alone. Started by root it runs as
# mysql, who must be able to reach DIR. RECAT_GALERA_PORT is the
# first port to try, 24000 without it; RECAT_GALERA_WAIT how many seconds a
# node may take to be synced, 120 without it. RECAT_GALERA_PARENT is a process
# without which there shall be no cluster: when it ends, so does all. DSNs carry a password that is no
# secret: the cluster is for as long as a test.
set -euo pipefail

export PATH="$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec" LC_ALL=C
nodes="1 2 3"
wait=${RECAT_GALERA_WAIT:-120}

fail() { echo "galera.sh: $*" >&2; exit 1; }

provider() {
	local p
	for p in ${RECAT_GALERA_PROVIDER:-} /usr/lib/galera/libgalera_smm.so /usr/lib64/galera-4/libgalera_smm.so \
		/usr/lib64/galera/libgalera_smm.so /usr/lib/*/galera/libgalera_smm.so /usr/local/lib/galera/libgalera_smm.so; do
		if [ -r "$p" ]; then echo "$p"; return; fi
	done
	fail "libgalera_smm.so is not installed (Debian: galera-4)"
}

need() {
	local c
	for c in mariadbd mariadb mariadb-install-db rsync setsid; do
		command -v "$c" >/dev/null || fail "$c is not installed (Debian: mariadb-server, rsync, util-linux)"
	done
	provider >/dev/null
}

# port KIND N: the ports of a node, all in one block.
port() {
	local base; base=$(cat "$dir/port")
	case $1 in
	sql) echo $((base + $2)) ;;
	group) echo $((base + 10 + $2)) ;;
	ist) echo $((base + 20 + $2)) ;;
	sst) echo $((base + 30 + $2)) ;;
	esac
}

# free_block finds forty ports in a row that nobody listens on.
free_block() {
	local base p taken
	for base in $(seq "${RECAT_GALERA_PORT:-24000}" 40 32000); do
		taken=
		for p in $(seq "$base" $((base + 39))); do
			if (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then taken=1; break; fi
		done
		if [ -z "$taken" ]; then echo "$base"; return; fi
	done
	fail "no forty free ports in a row"
}

peers() {
	local n out=
	for n in $nodes; do out="$out,127.0.0.1:$(port group "$n")"; done
	echo "${out#,}"
}

# account is whom the nodes run as: rsync, as root, would be nobody.
account() { if [ "$(id -u)" -eq 0 ]; then echo mysql; else id -un; fi; }

# give gives files to that account, where they are not its own.
give() { if [ "$(id -u)" -eq 0 ]; then chown -R mysql: "$@"; fi; }

# settings N ADDRESS writes a node's option file.
settings() {
	cat >"$dir/node$1/my.cnf" <<-END
		[mariadbd]
		datadir=$dir/node$1/data
		tmpdir=$dir/node$1/tmp
		socket=$dir/node$1/sock
		pid-file=$dir/node$1/server.pid
		log-error=$dir/node$1/log.err
		user=$(account)
		bind-address=127.0.0.1
		port=$(port sql "$1")
		skip-name-resolve
		performance-schema=OFF
		character-set-server=utf8mb4
		default-storage-engine=InnoDB
		binlog-format=ROW
		innodb-autoinc-lock-mode=2
		innodb-buffer-pool-size=64M
		innodb-log-file-size=48M
		# A node killed loses nothing by this, only a machine that fails.
		innodb-flush-log-at-trx-commit=2
		wsrep-on=ON
		wsrep-provider=$(provider)
		wsrep-cluster-name=recat-$(cat "$dir/port")
		wsrep-cluster-address=gcomm://$2
		wsrep-node-name=node$1
		wsrep-node-address=127.0.0.1:$(port group "$1")
		wsrep-node-incoming-address=127.0.0.1:$(port sql "$1")
		wsrep-sst-method=rsync
		wsrep-sst-receive-address=127.0.0.1:$(port sst "$1")
		# With two, MariaDB may apply an INSERT before the CREATE INDEX of a child
		# of its table's children, and wait for ever: "MDL BF-BF conflict".
		wsrep-slave-threads=1
		wsrep-provider-options="gcache.size=32M;gmcast.listen_addr=tcp://127.0.0.1:$(port group "$1");ist.recv_addr=127.0.0.1:$(port ist "$1")"
	END
}

# sql N STATEMENT runs a statement on a node, by its socket.
sql() {
	mariadb --no-defaults --socket="$dir/node$1/sock" -uroot -N -B --connect-timeout=5 -e "$2"
}

alive() {
	local pid
	pid=$(cat "$dir/node$1/pid" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

# launch N [OPTION…] starts a node in a process group of its own, which the
# state transfers that it begins belong to.
launch() {
	rm -f "$dir/node$1/sock"
	setsid mariadbd --defaults-file="$dir/node$1/my.cnf" "${@:2}" </dev/null >>"$dir/node$1/log.err" 2>&1 3>&- &
	echo $! >"$dir/node$1/pid"
	disown
}

# recovered N is where a node's own log ends, so that it asks the others for
# what came after rather than for everything.
recovered() {
	mariadbd --defaults-file="$dir/node$1/my.cnf" --wsrep-recover --log-error="$dir/node$1/recover.err" >/dev/null 2>&1 || true
	sed -n 's/.*WSREP: Recovered position: *//p' "$dir/node$1/recover.err" | tail -n 1
	rm -f "$dir/node$1/recover.err"
}

state() {
	sql "$1" "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
		WHERE VARIABLE_NAME IN ('WSREP_LOCAL_STATE_COMMENT', 'WSREP_CLUSTER_SIZE') ORDER BY VARIABLE_NAME DESC" 2>/dev/null | paste -sd' '
}

# await N SIZE waits until a node is synced in a cluster of that size; without
# SIZE, of any.
await() {
	local until=$((SECONDS + wait)) now
	while [ $SECONDS -lt $until ]; do
		alive "$1" || { tail -n 25 "$dir/node$1/log.err" >&2; fail "node $1 ended"; }
		now=$(state "$1" || true)
		case $now in "Synced ${2:-}"*) return ;; esac
		sleep 0.2
	done
	tail -n 25 "$dir/node$1/log.err" >&2
	fail "node $1 is ${now:-not there} after $wait s"
}

dsns() {
	local n
	for n in $nodes; do echo "mysql://recat:recat@127.0.0.1:$(port sql "$n")/shop"; done
}

start() {
	need
	mkdir -p "$dir"
	[ -z "$(ls -A "$dir")" ] || fail "$dir is not empty"
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=mysql --regid=mysql --clear-groups test -x "$dir" || fail "mysql cannot reach $dir"
	fi
	trap 'code=$?; [ $code -eq 0 ] || stop; exit $code' EXIT
	free_block >"$dir/port"
	if [ -n "${RECAT_GALERA_PARENT:-}" ]; then
		setsid "$0" guard "$dir" "$RECAT_GALERA_PARENT" </dev/null >/dev/null 2>&1 &
	fi
	local n
	for n in $nodes; do mkdir -p "$dir/node$n/tmp"; settings "$n" "$(peers)"; done
	give "$dir"/node?
	mariadb-install-db --no-defaults --user="$(account)" --datadir="$dir/node1/data" --auth-root-authentication-method=normal \
		--skip-test-db --skip-name-resolve >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; fail "no system tables"; }
	for n in 2 3; do cp -a "$dir/node1/data" "$dir/node$n/data"; done
	settings 1 "" # an empty address begins a cluster
	launch 1
	await 1 1
	sql 1 "CREATE DATABASE shop; CREATE USER recat@'%' IDENTIFIED BY 'recat'; GRANT ALL ON *.* TO recat@'%' WITH GRANT OPTION"
	for n in 2 3; do launch "$n"; await "$n" "$n"; done
	settings 1 "$(peers)"
	for n in $nodes; do await "$n" 3; done
	dsns
}

# end kills a process group, a node with its state transfers, and waits until
# it is gone.
end() {
	kill -KILL -- "-$1" 2>/dev/null || true
	while kill -0 -- "-$1" 2>/dev/null; do sleep 0.05; done
}

# guard stops all when the process is gone that the cluster is for.
guard() {
	while [ -e "$dir/port" ] && kill -0 "$1" 2>/dev/null; do sleep 1; done
	[ ! -e "$dir/port" ] || stop
}

# stop ends the nodes' process groups.
stop() {
	local n pid
	for n in $nodes; do
		pid=$(cat "$dir/node$n/pid" 2>/dev/null) || continue
		end "$pid"
	done
	for n in $nodes; do rm -rf "$dir/node$n"; done
	rm -f "$dir/port" "$dir/install.log"
}

node() {
	case ${1:-} in 1 | 2 | 3) ;; *) fail "node ${1:-?}: there are 1, 2 and 3" ;; esac
}

[ $# -ge 2 ] || { sed -n '2,/^set/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 64; }
dir=$2
case $1 in start) mkdir -p "$dir" ;; *) [ -d "$dir" ] || fail "$dir is not there" ;; esac
dir=$(cd "$dir" && pwd)
case $1 in
start) start ;;
stop) stop ;;
dsns) dsns ;;
guard) guard "$3" ;;
status)
	for n in $nodes; do
		if alive "$n"; then echo "node$n $(cat "$dir/node$n/pid") $(state "$n" || echo starting)"; else echo "node$n - dead"; fi
	done
	;;
kill)
	node "${3:-}"
	end "$(cat "$dir/node$3/pid")"
	;;
rejoin)
	node "${3:-}"
	if ! alive "$3"; then launch "$3" --wsrep-start-position="$(recovered "$3")"; fi
	await "$3"
	;;
*) fail "$1: no such command" ;;
esac
