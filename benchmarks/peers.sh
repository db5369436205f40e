#!/bin/sh
# Builds the environments of the peers that benchmarks/tables.py runs beside milepost: sh benchmarks/peers.sh DIR
# AutoGluon has one of its own, as it pins what it needs; about 4 GB. PyTorch without a GPU is enough.
set -e
mkdir -p "$1"
python3 -m venv "$1/ag"
python3 -m venv "$1/kit"
for home in ag kit; do
  "$1/$home/bin/pip" -q install -U pip wheel
  "$1/$home/bin/pip" -q install torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
done
"$1/ag/bin/pip" -q install "autogluon.tabular[all]==1.6.3"
"$1/kit/bin/pip" -q install "pytabkit[models]==1.7.3" "flaml[automl]" catboost lightgbm scikit-learn polars pyarrow
