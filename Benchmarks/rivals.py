"""Times data-versioning tools on the same inputs, one after another, in one run.

Usage: rivals.py INPUTS WORK OUT.json TOOL[,TOOL...] SCENARIO[,SCENARIO...] [ROUNDS]
Scenarios: large many append weights. Every step is a fresh process (or a short series); wall and CPU seconds, store bytes; for Tenon also
the daemon's CPU and peak memory. With several rounds the tools take turns, and each figure is the median. A tool that is not installed is
reported as an error and left out of the tables.
"""
import json, os, resource, shutil, statistics, subprocess, sys, time

INP, WORK, OUT = (os.path.abspath(p) for p in sys.argv[1:4])
ASIDE = f"{WORK}/aside"
VENV = os.environ.get("RIVALS_VENV", "venv")
ENV = dict(os.environ, PATH=f"{VENV}/bin:" + os.environ["PATH"], DVC_NO_ANALYTICS="1", DVC_SITE_CACHE_DIR=f"{WORK}/dvcsite",
           RESTIC_PASSWORD="x", RESTIC_CACHE_DIR=f"{WORK}/rc", BORG_BASE_DIR=f"{WORK}/borg", BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes",
           GIT_AUTHOR_NAME="b", GIT_AUTHOR_EMAIL="b@x", GIT_COMMITTER_NAME="b", GIT_COMMITTER_EMAIL="b@x", HOME=f"{WORK}/home",
           XDG_CONFIG_HOME=f"{WORK}/home/.config", XDG_RUNTIME_DIR=f"{WORK}/run")
for k in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TENON_HOME"): ENV.pop(k, None)
for k in ("HOME", "XDG_RUNTIME_DIR"): os.makedirs(ENV[k], mode=0o700, exist_ok=True)

def sh(cmd, cwd):
    os.sync()  # So that no step waits for what another one, or another tool, left to be written.
    r0 = resource.getrusage(resource.RUSAGE_CHILDREN); t = time.monotonic()
    p = subprocess.run(["bash", "-ec", cmd], cwd=cwd, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    dt = time.monotonic() - t; r1 = resource.getrusage(resource.RUSAGE_CHILDREN)
    if p.returncode: raise RuntimeError(f"{cmd}\n{p.stdout[-2000:].decode(errors='replace')}")
    return {"wall": round(dt, 3), "cpu": round(r1.ru_utime + r1.ru_stime - r0.ru_utime - r0.ru_stime, 3)}

def du(*paths):
    n = 0
    for p in paths:
        for d, _, fs in os.walk(p):
            for f in fs:
                try: n += os.lstat(os.path.join(d, f)).st_size
                except OSError: pass
    return n

def lay_aside(path):
    """Takes a directory away without removing its files: for a minute after that, ext4 would be slow to make others."""
    if not os.path.lexists(path): return
    os.makedirs(ASIDE, exist_ok=True)
    os.rename(path, f"{ASIDE}/{len(os.listdir(ASIDE))}")

def clear_aside(): subprocess.run(f"chmod -R u+w {ASIDE}; rm -rf {ASIDE}", shell=True, stderr=subprocess.DEVNULL)

class Tool:
    def __init__(s, repo): s.repo = repo; os.makedirs(repo); s.setup()
    def setup(s): pass
    def run(s, c): return sh(c, s.repo)
    def drop(s, aside):
        if aside: lay_aside(f"{s.repo}/data")
        else: s.run("chmod -R u+w data; rm -rf data")

class dvc(Tool):
    def setup(s): s.run("git init -q -b main; dvc init -q; dvc config core.autostage true; git commit -qm init")
    def commit(s, m): return s.run(f"dvc add -q data; git commit -qam '{m}'; git tag {m}")
    def status(s): return s.run("dvc status -q || true; dvc status")
    def checkout(s, m): return s.run(f"git checkout -q {m}; dvc checkout -q")
    def store(s): return du(f"{s.repo}/.dvc/cache", f"{s.repo}/.git")

class lfs(Tool):
    def setup(s): s.run("git init -q -b main; git lfs install --local; git lfs track 'data/**'; git add .gitattributes; git commit -qm init")
    def commit(s, m): return s.run(f"git add -A data; git commit -qm '{m}'; git tag {m}")
    def status(s): return s.run("git status --porcelain; git lfs status >/dev/null")
    def checkout(s, m): return s.run(f"git checkout -q -f {m}; git checkout -q -f .")
    def store(s): return du(f"{s.repo}/.git")

class annex(Tool):
    def setup(s): s.run("git init -q -b main; git annex init x >/dev/null; git commit -q --allow-empty -m init")
    def commit(s, m): return s.run(f"git annex add --quiet data; git commit -qm '{m}'; git tag {m}")
    def status(s): return s.run("git status --porcelain")
    def checkout(s, m): return s.run(f"git checkout -q -f {m}; git checkout -q -f .")
    def store(s): return du(f"{s.repo}/.git")

class git(Tool):
    def setup(s): s.run("git init -q -b main; git commit -q --allow-empty -m init")
    def commit(s, m): return s.run(f"git add -A data; git commit -qm '{m}'; git tag {m}")
    def status(s): return s.run("git status --porcelain")
    def checkout(s, m): return s.run(f"git checkout -q -f {m}; git checkout -q -f .")
    def store(s): return du(f"{s.repo}/.git")

class restic(Tool):
    def setup(s): s.run("restic init -q -r store"); 
    def commit(s, m): return s.run(f"restic backup -q -r store --tag {m} data")
    def status(s): return None
    def checkout(s, m): return s.run(f"restic restore -q -r store latest --tag {m} --target .")
    def store(s): return du(f"{s.repo}/store")

class borg(Tool):
    def setup(s): s.run("borg init -e none store")
    def commit(s, m): return s.run(f"borg create -C zstd,1 store::{m} data")
    def status(s): return None
    def checkout(s, m): return s.run(f"borg extract store::{m}")
    def store(s): return du(f"{s.repo}/store")

class casync(Tool):
    def commit(s, m): return s.run(f"casync make --store=store.castr {m}.caidx data")
    def status(s): return None
    def checkout(s, m): return s.run(f"mkdir -p data; casync extract --store=store.castr {m}.caidx data")
    def store(s): return du(f"{s.repo}/store.castr")

class oxen(Tool):
    def py(s, c): return s.run(f"python - <<'X'\nimport oxen\n{c}\nX")
    def setup(s):
        os.makedirs(f"{WORK}/home", exist_ok=True); s.py("oxen.user.config_user('b','b@x.io')\nr=oxen.Repo('.'); r.init()")
    def commit(s, m): return s.py(f"r=oxen.Repo('.'); r.add('data'); c=r.commit('{m}'); open('{m}.id','w').write(c.id)")
    def status(s): return s.py("print(oxen.Repo('.').status())")
    def checkout(s, m): return s.py(f"r=oxen.Repo('.'); i=open('{m}.id').read()\nr.restore('data')\nif r.log()[0].id!=i: r.checkout(i)")
    def store(s): return du(f"{s.repo}/.oxen")

class tenon(Tool):
    def setup(s): s.run("git init -q -b main; tenon init; git add -A; git commit -q --allow-empty -m init")
    def peak(s):
        "Peak resident bytes of the daemon so far"
        pid = json.loads(subprocess.run(["tenon", "daemon", "status", "--json"], cwd=s.repo, env=ENV, stdout=subprocess.PIPE, check=True).stdout)["pid"]
        return next(int(l.split()[1]) * 1024 for l in open(f"/proc/{pid}/status") if l.startswith("VmHWM"))
    def commit(s, m): return s.run(f"tenon add -q data; git commit -qam '{m}'; git tag {m}")
    def status(s): return s.run("tenon status")
    def checkout(s, m): return s.run(f"tenon checkout -q {m}")
    def store(s):
        "Packs, index, catalog, repositories: what must be kept. Not the stat cache (restic's cache is not counted either), nor the emergency reserve"
        return sum(du(f"{s.env_store}/{n}") for n in ("packs", "index", "repositories")) + sum(
            os.path.getsize(f"{s.env_store}/{n}") for n in ("catalog.sqlite", "catalog.sqlite-wal") if os.path.exists(f"{s.env_store}/{n}"))
    def __init__(s, repo):
        s.env_store = f"{ENV['HOME']}/.local/share/tenon"; super().__init__(repo)

class cp(Tool):
    "The floor: copy the bytes, hash the bytes"
    def commit(s, m): return s.run(f"mkdir -p store; cp -r data store/{m}")
    def status(s): return s.run("find data -type f -printf '%s %T@ %p\\n' | md5sum")
    def checkout(s, m): return s.run(f"cp -r store/{m} data")
    def store(s): return du(f"{s.repo}/store")

def fill(repo, src):
    d = f"{repo}/data"
    if not os.path.isdir(d): os.makedirs(d)
    subprocess.run(["rsync", "-rc", "--inplace", "--delete", src + "/", d + "/"], check=True) if shutil.which("rsync") else subprocess.run(f"chmod -R u+w {d} && rm -rf {d} && cp -r {src} {d}", shell=True, check=True)

def scenario(T, name):
    repo = f"{WORK}/{T.__name__}-{name}"; shutil.rmtree(repo, ignore_errors=True)
    t = T(repo); r = {}
    if name == "weights":
        for f in sorted(os.listdir(f"{INP}/weights")):
            os.makedirs(f"{repo}/data", exist_ok=True); shutil.copyfile(f"{INP}/weights/{f}", f"{repo}/data/{f}")
            before = t.store(); r[f] = {"commit": t.commit(f.split(".")[0]), "input": os.path.getsize(f"{repo}/data/{f}"), "stored": t.store() - before}
            t.drop(aside=False)
        if T.__name__ == "tenon": t.run("tenon daemon stop || true"); shutil.rmtree(t.env_store, ignore_errors=True)
        shutil.rmtree(repo, ignore_errors=True)
        return r
    if name in ("large", "many"):
        fill(repo, f"{INP}/{name}")
        r["commit"] = t.commit("v0"); r["store"] = t.store()
        if hasattr(t, "peak"): r["peak"] = t.peak()
        t.status(); r["status"] = t.status()
        t.drop(aside=name == "many"); r["checkout"] = t.checkout("v0")
        if hasattr(t, "peak"): r["peak_checkout"] = t.peak()
        r["identical"] = subprocess.run(["diff", "-rq", f"{INP}/{name}", f"{repo}/data"], stdout=subprocess.DEVNULL).returncode == 0
        if name == "many":
            k = 0
            for d, _, fs in os.walk(f"{repo}/data"):
                for f in sorted(fs):
                    k += 1
                    if k % 3500 == 0:
                        p = os.path.join(d, f); b = open(p, "rb").read(); os.unlink(p); open(p, "wb").write(b + b"x")
            r["status10"] = t.status(); r["commit10"] = t.commit("v1")
    else:
        vs = sorted(os.listdir(f"{INP}/{name}")); r["commits"] = []
        for v in vs:
            fill(repo, f"{INP}/{name}/{v}"); r["commits"].append(t.commit(v)["wall"])
        r["store"] = t.store(); r["input"] = du(f"{INP}/{name}")
        t.drop(aside=False)
        try: r["checkout_first"] = t.checkout(vs[0])
        except Exception as e: r["checkout_first"] = None; r["error"] = str(e)[-300:]
        r["identical"] = subprocess.run(["diff", "-rq", f"{INP}/{name}/{vs[0]}", f"{repo}/data"], stdout=subprocess.DEVNULL).returncode == 0
    if T.__name__ == "tenon": t.run("tenon daemon stop || true"); lay_aside(t.env_store)
    lay_aside(repo)
    if name != "many": clear_aside()  # Of few files, room matters more.
    return r

def median(runs):
    """The median of each figure; an answer is yes if it was in all of them."""
    first = runs[0]
    if any(type(r) is not type(first) for r in runs) or first is None or isinstance(first, str): return first
    if isinstance(first, bool): return all(runs)
    if isinstance(first, dict): return {k: median([r.get(k) for r in runs]) for k in first}
    if isinstance(first, list): return [median(list(column)) for column in zip(*runs)]
    return statistics.median(runs)

rounds = int(sys.argv[6]) if len(sys.argv) > 6 else 1
res = json.load(open(OUT)) if os.path.exists(OUT) else {}
for n in sys.argv[5].split(","):
    runs = {}
    for _ in range(rounds):
        for tn in sys.argv[4].split(","):
            try: x = scenario(globals()[tn], n)
            except Exception as e: x = {"error": str(e)[-600:]}
            runs.setdefault(tn, []).append(x); print(n, tn, json.dumps(x), flush=True)
            failed = [x for x in runs[tn] if "error" in x]
            res.setdefault(n, {})[tn] = failed[0] if failed else median(runs[tn])
            json.dump(res, open(OUT, "w"), indent=1)
    clear_aside()
