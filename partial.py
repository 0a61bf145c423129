"""partial.py [--back] [--stay] K [L]: type parts K to L (default K) of chapter 8 of the clone in which one stands.

Start: without --back, the tree after parts 1 to K-1 (followed, nothing run). With --back, the finished
checkpoint from which what parts K to L type and fetch is taken away again (for when earlier texts aren't there).
Every FAULT and DRIFT is reported, and typing goes on. At the end (without --back, if L is the last part) the tree is compared.
"""
import json, os, subprocess, sys, time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

root = Path.cwd()
sys.path.insert(0, str(root / "course/src"))
from course.branches.scratch_repository import write_checkpoints
from course.git.command import run_git
from course.run.environments import create_by_links, get_or_create, recipe
from course.run.scratch import scratch
from course.source.weave import Source, start_tree
from course.text import typist as T
from course.text.diffs import unified
from course.text.following import _follow as simulate
from course.text.listing import commands, given_paths, lines_of, simulate_commands, type_block
from course.text.parser import CONSOLES, TextError, read_texts
from course.text.terminals import read_terminals
from course.tree import File, read_folder, read_paths, write_folder

args = [a for a in sys.argv[1:] if not a.startswith("--")]
back = "--back" in sys.argv
N = int(os.environ.get("CHAPTER", "8"))
K = int(args[0]); L = int(args[1]) if len(args) > 1 else K
def tracked():
    out = subprocess.run(["git","ls-files","-z","--cached","--others","--exclude-standard"],capture_output=True,cwd=root).stdout
    return [os.fsdecode(p) for p in out.split(b"\0") if p and (root/os.fsdecode(p)).is_file()]
tree_all = read_paths(root, tracked())
source = Source.read(tree_all)
chapter, target = source.course.chapter(N), source.weave(N)
parts = read_texts(target, chapter)
before = start_tree(source.weave(N - 1), target, chapter.folder)
chosen = [p for p in parts if K <= p.number <= L]
failed = 0
def say(kind, text):
    global failed; failed += 1
    print(f"{kind} {text}", flush=True)

def follow(tree, which):
    for block in (b for p in which for b in p.blocks):
        try: simulate(block, tree, target)
        except TextError as e: say("FAULT(before)", e)
    return tree

if not back:
    start = follow(dict(before), [p for p in parts if p.number < K])
else:
    start = dict(target)
    for block in reversed([b for p in chosen for b in p.blocks]):
        try:
            if block.kind == "new": start.pop(block.target, None)
            elif block.kind == "continued":
                text = start[block.target].data.decode(); body = block.body
                i = text.rfind(body)
                if i >= 0: start[block.target] = File((text[:i].rstrip("\n") + "\n" + text[i+len(body):].lstrip("\n")).encode(), start[block.target].mode)
                else: print(f"note: {block.path}:{block.line}: can't undo continued", flush=True)
            elif block.kind == "changed":
                out=[]; hunk=[]
                def flush():
                    minus=[l for l in hunk]
                    out.extend(hunk)
                swapped=[]
                run_p=[]; run_m=[]
                def close():
                    swapped.extend("-"+x for x in run_p); swapped.extend("+"+x for x in run_m); run_p.clear(); run_m.clear()
                for line in block.lines:
                    if line.startswith("+"): run_p.append(line[1:])
                    elif line.startswith("-"): run_m.append(line[1:])
                    else: close(); swapped.append(line)
                close()
                rb = replace(block, body="\n".join(swapped)+"\n")
                type_block(rb, start, target)
            elif block.kind in CONSOLES:
                for path in given_paths(block):
                    for name in [n for n in start if n == path or n.startswith(path.rstrip("/") + "/")]:
                        if name not in before: start.pop(name, None)
                        else: start[name] = before[name]
        except TextError as e: print("note: can't undo:", str(e).splitlines()[0], flush=True)

python = root / ".venv/bin/python"
from course.verify.checkpoints import Checkpoints
cache = Path(os.environ.get("PARTIAL_CACHE", "partial_envs"))
py = str(Path(subprocess.run([python,"-c","import sys;print(sys._base_executable)"],capture_output=True,text=True).stdout.strip()))
def environment(tree, venv): return create_by_links(tree, venv, py, cache)

with scratch("text") as work:
    folder = T._checkout(source, N, work)
    environment(source.weave(N - 1) if K == 1 else target, folder / ".venv")
    now = read_paths(folder, sorted(before))
    for path in now:
        if path not in start: (folder / path).unlink()
    write_folder({p: f for p, f in start.items() if now.get(p) != f}, folder)
    run_git(folder, "add", "-A"); run_git(folder, "-c","user.name=x","-c","user.email=x@example.org","commit","-qm","so far")
    prepared = get_or_create(recipe(target, py), cache)
    with T._session(N, folder, Path(py)) as session:
        session.run(". .venv/bin/activate")
        def drift(block, index, lines):
            say("DRIFT", f"{block.path}:{block.line} command {index}: printed\n" + "\n".join("    " + l for l in lines[:40]))
        typist = T._Typist(folder, target, session, drift, prepared)
        if K > 1:
            session.run("printf 'APP_CONFIG=development\\n' >> .env; mkdir -p instance")
            setup = '''
import json,subprocess,sys,time,urllib.request
p=subprocess.Popen([sys.executable,"run.py","debug_server","--port","5987"],stdout=subprocess.DEVNULL,stderr=subprocess.STDOUT)
for _ in range(300):
    try: urllib.request.urlopen("http://127.0.0.1:5987/health"); break
    except Exception: time.sleep(.1)
for name in ["ada","bob"]:
    f={"name":name,"password":"correct horse battery"}
    for path,more in [("register",{"email":name+"@example.org"}),("login",{})]:
        subprocess.run(["curl","-s","-c",f"instance/{name}.txt","-H","Content-Type: application/json","-d",json.dumps(f|more),f"http://127.0.0.1:5987/user/{path}"],stdout=subprocess.DEVNULL)
p.terminate(); p.wait()
'''
            Path(folder / "instance").mkdir(exist_ok=True)
            Path(folder / "instance/setup.py").write_text(setup.replace('5987', typist.ports.real('5001')))
            r = session.run("python instance/setup.py; rm instance/setup.py; ls instance", 120)
        for p in chosen:
            begun = time.time()
            ended = {b: s for b, s in read_terminals(p).ended.items()}
            for block in p.blocks:
                typist.end(ended.get(block, []))
                try: typist.do(block)
                except TextError as e:
                    say("FAULT", e)
                    if block.kind in ("new", "changed", "continued") and block.target in target:
                        typist._write(block.target, target[block.target])
            typist.end(list(typist.servers))
            print(f"part {p.number}: {time.time()-begun:.0f} s, tests {typist.test_seconds[p.number]:.1f} s", flush=True)
        if L == parts[-1].number and not back:
            for path, message, diff in T.differences(typist.tree(), target):
                say("END", message + "\n" + diff)
        elif "--end" in sys.argv or back:
            for path, message, diff in T.differences(typist.tree(), target):
                print("end differs:", message, "\n", diff[:1500])
print("problems:", failed)
sys.exit(bool(failed))
