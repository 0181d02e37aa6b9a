# GNU make 3.81 (macOS) is enough. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := portfolio projects targets notifications
# Processes that run tests; as many as there are cores, less what runs beside them.
WORKERS := 2
# What `check --deploy` looks at is a city's configuration, not this machine's.
DEPLOYED := DATABASE_URL=postgres://portfolio@db.example/portfolio REDIS_URL=redis://redis.example \
	EMAIL_URL=smtp://mail.example BASE_URL=https://ducha.example ALLOWED_HOSTS=ducha.example \
	SECRET_KEY=only-for-make-lint-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG

.DEFAULT_GOAL := help
.PHONY: run test test-long test-bulletin test-browser test-faults lint ci bench clean help docs

run: $(VENV)/.installed ## 安装并启动整套系统 (PORT, VAR_DIR, DEMO_DAY 等见 .env.example), Ctrl-C 结束
	@exec $(BIN)/python manage.py start

test: $(VENV)/.installed-dev ## 运行全部测试 (自带数据库; 部分测试: make test ARGS="tests/projects")
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-long: $(VENV)/.installed-dev ## 费时的测试: 整机和进程的起停、权限表逐格、后台逐页、重放一年的报表、百万行的文件
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m long tests

test-faults: $(VENV)/.installed-dev ## 模拟一年的提醒, 其间不断杀进程、清空消息队列、邮件服务器出错 (不到十分钟)
	@$(BIN)/python -m pytest tests/faults/the_year.py

lint: $(VENV)/.installed-dev ## 检查风格、类型、导入方向、迁移、部署配置、模板
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports
	PYTHONWARNINGS=ignore::RuntimeWarning $(BIN)/python manage.py makemigrations --check --dry-run
	$(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/djlint $(PACKAGES) --lint

test-bulletin: $(VENV)/.installed-dev ## 测量督查通报的版面 (缺 LibreOffice 或字体时先安装, 需要 root)
	@command -v soffice >/dev/null && fc-match 仿宋_GB2312 2>/dev/null | grep -qi fang || \
		sh portfolio/reports/bulletin/fonts/install.sh
	@$(BIN)/python -m pytest -m bulletin tests/reports

test-browser: $(VENV)/.installed-dev ## 在真实浏览器中走一遍各页面 (缺 chromium 时先安装, 需要 root)
	@command -v chromium >/dev/null || { apt-get update -q && \
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-noto-cjk; }
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m browser tests/browser

ci: $(VENV)/.installed-dev ## 合并前必须通过的全部检查; 提醒的一年与检查、长测试并行
	@year=$$(mktemp); \
	$(MAKE) --no-print-directory test-faults > $$year 2>&1 & beside=$$!; \
	trap 'kill $$beside; rm -f $$year' INT TERM; \
	$(MAKE) --no-print-directory lint test-bulletin test-long WORKERS=1; others=$$?; \
	wait $$beside; faults=$$?; \
	cat $$year; rm -f $$year; \
	[ $$others -eq 0 ] && [ $$faults -eq 0 ]
	@$(MAKE) --no-print-directory test test-browser

bench: $(VENV)/.installed-dev ## 运行性能测量 (bench/)
	@$(BIN)/python -m bench.lists
	@$(BIN)/python -m bench.bulk
	@$(BIN)/python -m bench.reminders
	@$(BIN)/python -m bench.reports
	@$(BIN)/python -m bench.board

docs: $(VENV)/.installed-dev ## 重新生成 docs/ 中由代码生成的文件
	$(DEPLOYED) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
	$(DEPLOYED) $(BIN)/python manage.py permission_table
	$(DEPLOYED) $(BIN)/python manage.py report_coverage

clean: ## 删除 .venv 和各种缓存; 数据保留, 除非 make clean DATA=1
	@if [ "$(DATA)" = 1 ] && [ -x $(BIN)/python ]; then $(BIN)/python manage.py start --wipe; fi
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache staticfiles
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## 列出这些目标
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "需要 Python 3.11 或更新的版本: 请安装后重试, 或指明解释器 (PYTHON=python3.12 make run)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "缺少 Python 的 venv 模块: 请先运行 apt install python3-venv python3-dev" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.made
	@$(call install,requirements.txt)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@$(call install,requirements-dev.txt)
	@touch $@

# Quiet as long as it works; one line with the remedy when it does not.
define install
echo "正在安装 $(1) (首次约一分钟) …"; \
if ! $(BIN)/python -m pip install --disable-pip-version-check -r $(1) > $(VENV)/pip.log 2>&1; then \
	if grep -q 'Python\.h' $(VENV)/pip.log; then \
		echo "缺少 Python 的头文件: 请先运行 apt install python3-dev gcc" >&2; \
	else \
		echo "安装失败: $$(grep -i error $(VENV)/pip.log | tail -n 1) - 请检查网络, 详见 $(VENV)/pip.log" >&2; \
	fi; \
	exit 1; \
fi
endef
