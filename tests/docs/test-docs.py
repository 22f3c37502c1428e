#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-docs.py SOURCE BUILD COMMAND PLUGIN...: what documents say is so: every setting, option and file that they name
exists, and each that exists is documented. Prints TAP."""

import json, os, pathlib, re, shutil, subprocess, sys, tempfile, traceback

SOURCE, BUILD = (pathlib.Path(p) for p in sys.argv[1:3])
COMMAND, PLUGINS = sys.argv[3], {pathlib.Path(p).stem: p for p in sys.argv[4:]}
PAGES = {p.name: p for p in sorted((BUILD / 'man').glob('*.[1-8]'))}
TEXTS = [p for p in [*SOURCE.glob('*.md'), *SOURCE.glob('doc/*.md'), *SOURCE.glob('packaging/*.md')]]


def run(*arguments, plugin=None):
    environment = dict(os.environ, ASAN_OPTIONS='detect_leaks=0')
    if plugin:
        environment['LABGATE_PLUGINS'] = os.path.dirname(os.path.abspath(plugin))
    return subprocess.run([COMMAND, *arguments], env=environment, check=True, capture_output=True, text=True).stdout


def commands():
    return re.findall(r'^  ([a-z]+) ', run('--help').split('Commands:\n')[1], re.MULTILINE)


def options(command):
    return set(re.findall(r'^  (--[a-z-]+)', run(command, '--help'), re.MULTILINE))


def settings():
    """{'labgate.conf': names, 'common': names, PROTOCOL: names}"""
    found = {'labgate.conf': [row['name'] for row in json.loads(run('settings', '--json'))]}
    for name, plugin in PLUGINS.items():
        described = json.loads(run('settings', name, '--json', plugin=plugin))
        found[name] = [row['name'] for row in described['settings']]
        found['common'] = [row['name'] for row in described['common']]
    return found


def page(name):
    """As its reader sees it."""
    environment = dict(os.environ, MANWIDTH='300', LANG='C.UTF-8', MAN_KEEP_FORMATTING='')
    return subprocess.run(['man', '-l', PAGES[name]], env=environment, capture_output=True, text=True).stdout


def test_pages_have_no_warnings():
    assert len(PAGES) >= 5
    for name, path in PAGES.items():
        done = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', path], capture_output=True, text=True,
                              env=dict(os.environ, MANWIDTH='80'))
        assert done.returncode == 0 and not done.stderr, f'{name}: {done.stderr}'
        assert '@' not in re.sub(r'labgate@\S*|LABGATE@\S*|@include|@system\S*', '', done.stdout), name


def test_every_command_and_option_is_in_the_manual():
    text = page('labgate.1')
    for command in commands():
        _, found, section = text.partition(f'labgate {command}')
        assert found, command
        for option in options(command) - {'--help'}:
            assert option in section, f'{command} {option}'


def test_every_setting_is_in_the_manual():
    found = settings()
    lab, conf = page('labgate.lab.5'), page('labgate.conf.5')
    for where, names in found.items():
        for name in names:
            assert re.search(rf'^ *{name} +\(', conf if where == 'labgate.conf' else lab, re.MULTILINE), f'{where}: {name}'


def blocks(text):
    """Indented and fenced blocks of Markdown."""
    for fenced in re.findall(r'^```.*?\n(.*?)^```', text, re.DOTALL | re.MULTILINE):
        yield fenced
    for indented in re.findall(r'(?:^    .*\n|^\n(?=    ))+', text, re.MULTILINE):
        yield indented


def spoken_commands(text):
    """Each `labgate COMMAND ...` in blocks and in backticks, continued lines joined."""
    for block in [*blocks(text), *re.findall(r'`([^`\n]+)`', text)]:
        for line in block.replace('\\\n', ' ').splitlines():
            for match in re.finditer(r'(?:^|[\s(])labgate ([a-z]+)([^|;)&]*)', line):
                yield match[1], match[2]


def test_documents_name_only_options_that_exist():
    known = {command: options(command) | {'--help'} for command in commands()}
    seen = 0
    for path in TEXTS:
        for command, rest in spoken_commands(path.read_text()):
            if command not in known and '--' not in rest:
                continue
            assert command in known, f'{path.name}: labgate {command}'
            for option in re.findall(r'(?<![\w-])--[a-z-]+', rest):
                assert option in known[command], f'{path.name}: labgate {command} {option}'
                seen += 1
    assert seen > 5


def test_documents_name_only_settings_that_exist():
    found = settings()
    everything = {name for names in found.values() for name in names}
    missing = {'ssh', 'vnc', 'rdp'} - set(PLUGINS)
    seen = 0
    for path in TEXTS:
        text = path.read_text()
        names = re.findall(r'--set(?:-file)?[= ]"?([a-z_]+)=', text)
        for block in blocks(text):
            names += re.findall(r'^ *#?([a-z_]+) = .*;', block, re.MULTILINE)
        for name in names:
            seen += 1
            assert name in everything or missing, f'{path.name}: {name}'
    assert seen > 5


def installed():
    plan = subprocess.run(['meson', 'introspect', '--installed', BUILD], capture_output=True, text=True, check=True)
    return set(json.loads(plan.stdout).values())


def test_documents_name_only_files_that_exist():
    there = installed()
    runtime = ('/run/labgate', '/etc/labgate/labs', '/etc/labgate/nginx.d', '/api/', '/var/lib/labgate', '/run/', '/etc/nginx', '/etc/apache2', '/tmp', '/dev',
               '/etc/haproxy', '/etc/systemd', '/usr/share/labgate/web', '/var/log', '/etc/ssl', '/etc/guacamole')
    for path in TEXTS:
        text = path.read_text()
        for name in re.findall(r'`([\w./@-]+/[\w./@-]*|[\w-]+\.(?:c|h|md|build|py|mjs))`', text):
            if name.startswith('/'):
                if name.rstrip('/').startswith(runtime) or name.endswith('ws') or name == '/labgate/':
                    continue
                assert any(entry == name or entry.startswith(name.rstrip('/') + '/') for entry in there), f'{path.name}: {name}'
            elif (SOURCE / name.split('/')[0]).is_dir():
                assert 'NAME' in name or (SOURCE / name).exists(), f'{path.name}: {name}'
    for page_name in PAGES:
        for name in re.findall(r'(?<![\w.*])(/(?:usr|etc)/[\w./@-]+)', page(page_name)):
            name = re.sub(r'/(PROTOCOL\.so|SHA256)$', '', name.rstrip('/.'))
            if name.startswith(runtime):
                continue
            assert any(entry == name or entry.startswith(name + '/') for entry in there), f'{page_name}: {name}'


def test_units_name_pages_that_exist():
    for unit in (SOURCE / 'units').iterdir():
        for name, section in re.findall(r'man:([\w@.-]+)\((\d)\)', unit.read_text()):
            assert f'{name}.{section}' in PAGES, f'{unit.name}: {name}({section})'


def test_packages_name_all_that_building_needs():
    needed = set()
    for line in (SOURCE / 'packaging/packages').read_text().splitlines():
        if line.startswith('build '):
            needed |= {word.partition('[')[0] for word in line.split()[1:]}
    control = (SOURCE / 'packaging/debian/control').read_text().partition('\n\n')[0]
    # libc6-dev is build-essential.
    missing = {name for name in needed if name.endswith('-dev') and name != 'libc6-dev' and name not in control}
    assert needed and not missing, missing


def test_connections_of_guacamole_are_imported():
    with tempfile.TemporaryDirectory() as place:
        environment = dict(os.environ, LABGATE=COMMAND, LABGATE_LABS=place, LABGATE_CONFIG=f'{place}/conf',
                           ASAN_OPTIONS='detect_leaks=0', LABGATE_PLUGINS=f'{place}/plugins')
        os.mkdir(f'{place}/plugins')
        for name, plugin in PLUGINS.items():
            os.symlink(os.path.abspath(plugin), f'{place}/plugins/{name}.so')
        with open(f'{place}/user-mapping.xml', 'w') as f:
            f.write('<user-mapping><authorize username="ann" password="x"><connection name="web-1"><protocol>ssh</protocol>'
                    '<param name="hostname">h</param><param name="password">canary</param><param name="font-size">14</param>'
                    '<param name="enable-sftp">true</param></connection></authorize><authorize username="bob" password="y">'
                    '<protocol>ssh</protocol><param name="hostname">h2</param></authorize></user-mapping>')
        with open(f'{place}/c.json', 'w') as f:
            json.dump({'name': 'json-1', 'protocol': 'ssh'}, f)
        with open(f'{place}/p.json', 'w') as f:
            json.dump({'hostname': 'h3', 'read-only': 'true', 'port': '', 'autoretry': '7'}, f)
        tool = SOURCE / 'doc/import-guacamole'
        imported = [subprocess.run([sys.executable, tool, *files], env=environment, capture_output=True, text=True)
                    for files in ([f'{place}/user-mapping.xml'], [f'{place}/c.json', f'{place}/p.json'])]
        assert [done.returncode for done in imported] == [0, 0], imported
        assert [line.split()[0] for line in imported[0].stdout.splitlines()] == ['web-1', 'bob'], imported[0].stdout
        assert 'web-1: enable-sftp left out' in imported[0].stderr
        labs = ''.join(p.read_text() for p in pathlib.Path(place).glob('*.conf'))
        for line in 'password = "canary";', 'font_size = 14;', 'hostname = "h2";', 'read_only = true;', 'wait = 7;':
            assert line in labs, line


def main():
    tests = [(name, f) for name, f in globals().items() if name.startswith('test_')]
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        if not shutil.which('man') and ('page' in name or 'manual' in name or 'files' in name):
            print(f'ok {number} - {name} # SKIP man is not installed')
            continue
        try:
            function()
            print(f'ok {number} - {name}')
        except Exception:
            failed += 1
            print(f'not ok {number} - {name}')
            print(''.join('# ' + line + '\n' for line in traceback.format_exc().splitlines()), end='')
    print(f'1..{len(tests)}')
    return failed > 0


sys.exit(main())
