#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The administrator's command, run as an administrator runs it. Prints TAP."""

import hashlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback

COMMAND, GOOD, ABI, BUILD = sys.argv[1:5]
PLUGINS = [pathlib.Path(p) for p in sys.argv[5:]]
ETC = pathlib.Path(__file__).resolve().parents[2] / 'etc'
CANARY = 'c4n4ry"\\n #p'


class Skip(Exception):
    pass


class Place:
    """A directory of each kind, and the command run in it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.labs = self.path / 'labs'
        self.run_labs = self.path / 'run'
        self.plugins = self.path / 'plugins'
        self.state = self.path / 'state'
        self.configuration = self.path / 'labgate.conf'
        for directory in (self.labs, self.run_labs, self.plugins, self.state / 'used'):
            directory.mkdir(parents=True)
        shutil.copy(GOOD, self.plugins / 'odd.so')
        self.environment = {
            **os.environ,
            'LABGATE_LABS': f'{self.labs}:{self.run_labs}',
            'LABGATE_PLUGINS': str(self.plugins),
            'LABGATE_STATE': str(self.state),
            'LABGATE_CONFIG': str(self.configuration),
            'LABGATE_PORTER': str(self.path / 'porter.sock'),
            'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0',
        }

    def run(self, *arguments, status=0, text=''):
        result = subprocess.run([COMMAND, *arguments], input=text, capture_output=True, text=True,
                                env=self.environment, timeout=30)
        assert result.returncode == status, \
            f'{arguments}: status {result.returncode}, not {status}: {result.stdout}{result.stderr}'
        return result

    def add(self, *arguments, name='one', **rest):
        return self.run('add', 'odd', '--name', name, '--hostname', 'h.example', *arguments, **rest)

    def write(self, text, token='t'):
        path = self.labs / f'{hashlib.sha256(token.encode()).hexdigest()}.conf'
        path.write_text(text)
        path.chmod(0o640)
        return path


def files(directory):
    return sorted(p.name for p in directory.iterdir())


def test_add_prints_the_token_of_its_file(place):
    token = place.add().stdout.strip()
    assert len(token) == 43
    path = place.labs / f'{hashlib.sha256(token.encode()).hexdigest()}.conf'
    assert files(place.labs) == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_text() == 'protocol = "odd";\nname = "one";\nhostname = "h.example";\n'


def test_add_takes_all_its_options(place):
    key = place.path / 'key'
    key.write_text('-----BEGIN KEY-----\nabc"\\\n-----END KEY-----\n')
    place.configuration.write_text('public_url = "https://a.example/labs/";')
    result = json.loads(place.add('--port', '8022', '--username', 'u ü', '--password-stdin', '--private-key', str(key),
                                  '--host-key', 'SHA256:a', '--host-key', 'ssh-ed25519 AAAA x', '--set', 'number=7',
                                  '--set', 'list=1,2', '--set', 'list=3', '--set', 'choice=green', '--expires', '4h',
                                  '--single-use', '--max-sessions', '3', '--run', '--token', 'my-token', '--json',
                                  text=CANARY + '\n').stdout)
    path = place.run_labs / f'{hashlib.sha256(b"my-token").hexdigest()}.conf'
    assert result == {'token': 'my-token', 'url': 'https://a.example/labs/#token=my-token', 'file': str(path)}
    assert files(place.labs) == []
    shown = place.run('show', 'one', '--json').stdout
    lab, = json.loads(shown)
    assert CANARY not in shown and 'BEGIN' not in shown and 'my-token' not in shown
    expected = {'port': 8022, 'username': 'u ü', 'password': 'set', 'private_key': 'set', 'number': 7,
                'host_key': ['SHA256:a', 'ssh-ed25519 AAAA x'], 'list': [1, 2, 3], 'choice': 'green', 'flag': False,
                'single_use': True, 'max_sessions': 3, 'not_before': None, 'when': None}
    assert {name: lab[name] for name in expected} == expected
    assert lab['not_after'].endswith('Z')
    assert '\\nabc\\"\\\\\\n' in path.read_text()
    place.run('check')


def test_add_warns_of_a_lab_that_nobody_gets_into(place):
    assert 'no host_key is given, so every session will be refused' in place.add().stderr
    assert not place.add('--host-key', 'SHA256:x', name='two').stderr


def test_add_refuses_and_leaves_nothing(place):
    for arguments, reason in [
        (['--port', '99999999999'], 'port: 99999999999 is out of range, 1 to 65535'),
        (['--port', 'ssh'], 'port: expected a whole number'),
        (['--port', '1', '--port', '2'], 'port: given twice'),
        (['--set', 'nmber=7'], 'nmber: no such setting, see labgate settings odd'),
        (['--set', 'number'], '--set: needs KEY=VALUE'),
        (['--set', 'number=13'], 'number: 13 brings bad luck'),
        (['--set', 'choice=pink'], 'choice: "pink" is none of red, green'),
        (['--set', f'password={CANARY}'], 'password: secret, so not from an argument'),
        (['--set', 'protocol=ssh'], 'protocol'),
        (['--expires', '4'], '--expires: 4 is no span'),
        (['--expires', '4h', '--set', 'not_before=2100-01-01T00:00:00Z'], 'not_after: not later than not_before'),
        (['--private-key', '/nonexistent'], '/nonexistent: No such file or directory'),
        (['--token', 'a b'], 'a token is 1 to 128 of'),
        (['--token', 'x' * 129], 'a token is 1 to 128 of'),
    ]:
        result = place.add(*arguments, status=1)
        assert reason in result.stderr, result.stderr
        assert CANARY not in result.stderr and not result.stdout
    assert 'name: empty' in place.add(name='a\nb', status=1).stderr
    assert 'hostname: no host' in place.run('add', 'odd', '--name', 'a', '--hostname', '-x', status=1).stderr
    assert 'is not installed' in place.run('add', 'x', '--name', 'a', '--hostname', 'h', status=1).stderr
    assert 'a protocol is' in place.run('add', '../odd', '--name', 'a', '--hostname', 'h', status=1).stderr
    assert files(place.labs) == files(place.run_labs) == []


def test_add_reads_no_password_from_a_terminal(place):
    master, terminal = os.openpty()
    result = subprocess.run([COMMAND, 'add', 'odd', '--name', 'a', '--hostname', 'h', '--password-stdin'],
                            stdin=terminal, capture_output=True, text=True, env=place.environment, timeout=30)
    os.close(master)
    os.close(terminal)
    assert result.returncode == 1 and 'is a terminal' in result.stderr


def test_add_takes_no_token_twice(place):
    place.add('--token', 'same')
    before = {p: p.read_text() for p in place.labs.iterdir()}
    for where in ([], ['--run']):
        result = place.add('--token', 'same', *where, name='two', status=1)
        assert 'this token opens a lab already' in result.stderr
    assert {p: p.read_text() for p in place.labs.iterdir()} == before and files(place.run_labs) == []


def test_bad_usage_is_two(place):
    for arguments in [], ['fly'], ['add'], ['add', 'odd'], ['add', 'odd', '--name', 'x'], ['add', '--wings'], \
            ['list', 'x'], ['remove'], ['remove', 'a', 'b'], ['show'], ['list', '--name', 'x'], \
            ['settings', 'a', 'b'], ['sessions', 'x'], ['kill'], ['kill', 'a', 'b'], ['kill', '--lab', 'a', 'b'], \
            ['doctor', 'x'], ['check', '--wings'], ['add', 'odd', 'ssh', '--name', 'a', '--hostname', 'h'], ['add', 'odd', '--name']:
        result = place.run(*arguments, status=2)
        assert not result.stdout and ('Usage:' in result.stderr or 'option' in result.stderr), arguments


def test_help_comes_from_the_tables(place):
    assert 'remove' in place.run('--help').stdout
    assert place.run('--version').stdout.startswith('labgate ')
    for command in 'add', 'list', 'show', 'remove', 'check', 'sessions', 'kill', 'settings', 'doctor':
        assert f'Usage: labgate {command}' in place.run(command, '--help').stdout
    assert '--password-stdin' in place.run('add', '--help').stdout


def test_list(place):
    assert json.loads(place.run('list', '--json').stdout) == [] and place.run('list').stdout == ''
    place.add('--expires', '1d', '--password-stdin', name='a', text=CANARY)
    place.add('--run', name='b')
    lines = place.run('list').stdout.splitlines()
    assert lines[0].split() == ['NAME', 'PROTOCOL', 'HOST', 'EXPIRES', 'FILE'] and len(lines) == 3
    labs = json.loads(place.run('list', '--json').stdout)
    assert [lab['name'] for lab in labs] == ['a', 'b']
    assert 'port' not in labs[0] and json.loads(place.run('show', 'a', '--json').stdout)[0]['port'] is None
    assert 'not_after' in labs[0] and 'not_after' not in labs[1] and CANARY not in str(labs)
    place.write('name = 1;')
    result = place.run('list', '--json', status=1)
    assert len(json.loads(result.stdout)) == 2 and ':1: name: expected a text' in result.stderr


def test_list_needs_no_plugin(place):
    place.add()
    (place.plugins / 'odd.so').unlink()
    assert len(json.loads(place.run('list', '--json').stdout)) == 1
    assert 'is not installed' in place.run('show', 'one', status=1).stderr


def test_remove(place):
    first, second = place.add().stdout.strip(), place.add('--run').stdout.strip()
    other = place.add(name='two').stdout.strip()
    marks = [place.state / 'used' / hashlib.sha256(token.encode()).hexdigest() for token in (first, other)]
    for mark in marks:
        mark.touch()
    place.run('remove', 'one')
    assert files(place.run_labs) == [] and len(files(place.labs)) == 1
    assert not marks[0].exists() and marks[1].exists()
    assert 'no lab is named one' in place.run('remove', 'one', status=1).stderr
    digest = hashlib.sha256(other.encode()).hexdigest()
    assert json.loads(place.run('remove', digest, '--json').stdout) == {'removed': [f'{place.labs}/{digest}.conf']}
    assert second != first


GOOD_LAB = 'name = "a";\nprotocol = "odd";\nhostname = "h";\n'


def test_check_finds_each_mistake(place):
    for text, reason in [
        ('usernam = "u";', '4: usernam: no such setting, did you mean username?'),
        ('port = "22";', '4: port: expected a whole number, got a text'),
        ('number = 1001;', '4: number: 1001 is out of range, 0 to 1000'),
        ('port = 99999999999;', '4: port: 99999999999 is out of range, 1 to 65535'),
        ('\n@include "/etc/passwd"', '5: @include is not taken'),
        ('number = 13;', '1: number: 13 brings bad luck'),
        ('password = 123;', '4: password: expected a text in quotes, got a number or a word without quotes'),
        ('password = 12c4n4ry;', '4: password: a word without quotes'),
        ('#' + 'x' * 65536, '1: larger than 65536 bytes'),
    ]:
        path = place.write(GOOD_LAB + text)
        for files_named in [], [str(path)]:
            result = place.run('check', *files_named, status=1)
            assert result.stdout == f'{path}:{reason}\n', result.stdout
            assert json.loads(place.run('check', '--json', *files_named, status=1).stdout) == \
                {'mistakes': [f'{path}:{reason}'], 'files': 1}
    place.write(GOOD_LAB)
    assert place.run('check').stdout == ''


def test_check_finds_all_mistakes_of_a_file(place):
    # Of both tables, in a file with no name.
    path = place.write('protocol = "odd";\nhostname = "h";\nprt = 1;\nnumber = 1001;\nwidth = "w";\nchoice = "pink";\n')
    place.configuration.write_text('font_size = 1;\nfont = "x";\n')
    expected = [f'{place.configuration}:1: font_size: 1 is out of range, 4 to 128',
                f'{place.configuration}:2: font: no such setting',
                f'{path}:3: prt: no such setting, did you mean port?',
                f'{path}:4: number: 1001 is out of range, 0 to 1000',
                f'{path}:5: width: expected a whole number, got a text',
                f'{path}:6: choice: "pink" is none of red, green',
                f'{path}:1: name: missing, every such file needs it']
    found = place.run('check', status=1).stdout.splitlines()
    assert found == expected, found
    assert place.run('check', str(path), status=1).stdout.splitlines() == expected[2:]
    assert json.loads(place.run('check', '--json', status=1).stdout) == {'mistakes': expected, 'files': 2}
    assert place.run('list', status=1).stderr.splitlines() == expected[4:5]


def test_check_finds_each_bad_file(place):
    path = place.write(GOOD_LAB)
    kept = place.path / 'kept'

    def check(reason):
        for files_named in [], [str(path)]:
            result = place.run('check', *files_named, status=1)
            assert result.stdout == f'{path}:1: {reason}\n', result.stdout

    path.chmod(0o646)
    check('writable by group or others (mode 0646)')
    path.rename(kept)
    path.symlink_to(kept)
    check('a symbolic link')
    path.unlink()
    os.mkfifo(path)
    check('not a regular file')
    path.unlink()
    result = place.run('check', str(path), status=1)
    assert result.stdout == f'{path}:1: no such file\n'
    (place.labs / 'my.conf').write_text(GOOD_LAB)
    assert 'not named by a token' in place.run('check', status=1).stdout
    place.run('check', str(place.labs / 'my.conf'))


def test_check_reads_the_configuration(place):
    place.configuration.write_text('\ntoken_parameter = "a";')
    assert place.run('check', status=1).stdout == \
        f'{place.configuration}:2: token_parameter: no such setting, did you mean token_parameters?\n'


def test_shipped_configuration_is_all_defaults(place):
    described = {row['name']: row for row in json.loads(place.run('settings', '--json').stdout)}
    text = (ETC / 'labgate.conf').read_text()
    place.configuration.write_text(text)
    place.run('check')
    names = set()
    for line in text.splitlines():
        if line.startswith('#') and ' = ' in line and line.endswith(';'):
            name, value = line[1:-1].split(' = ')
            names.add(name)
            if 'default' in described[name]:
                assert json.loads(value) == described[name]['default'], line
    assert names == set(described)
    place.configuration.write_text('\n'.join(line.removeprefix('#') if line.endswith(';') else line
                                             for line in text.splitlines()))
    assert place.run('check').stdout == ''


def test_plugins_of_another_build_are_refused(place):
    for plugin in ABI, BUILD:
        shutil.copy(plugin, place.plugins / 'odd.so')
        assert 'was made for another version' in place.run('settings', 'odd', status=1).stderr
    shutil.copy(GOOD, place.plugins / 'even.so')
    assert 'another protocol' in place.run('settings', 'even', status=1).stderr
    (place.plugins / 'odd.so').write_text('text')
    assert 'odd.so' in place.run('settings', 'odd', status=1).stderr


def test_settings(place):
    text = place.run('settings', 'odd').stdout
    assert 'private_key' in text and 'clipboard_buffer_size' in text
    described = json.loads(place.run('settings', 'odd', '--json').stdout)
    assert described['default_port'] == 4711
    assert 'number' in [row['name'] for row in described['settings']]
    assert 'wait' in [row['name'] for row in described['common']]
    assert 'public_url' in place.run('settings').stdout
    assert 'public_url' in [row['name'] for row in json.loads(place.run('settings', '--json').stdout)]


class Porter:
    """One that knows these sessions, for a command that asks."""

    def __init__(self, place, sessions, silent=False):
        self.sessions, self.silent, self.killed = sessions, silent, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.bind(str(place.path / 'porter.sock'))
        self.socket.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            peer = self.socket.accept()[0]
            peer.send(b'hversion=1\0')
            while (asked := peer.recv(9000)) and not self.silent:
                fields = dict(f.split('=', 1) for f in asked[1:].decode().split('\0') if f)
                peer.send(self.list(int(fields['after'])) if asked[:1] == b'i' else self.kill(fields['session']))
            peer.close()

    def list(self, after):
        if after >= len(self.sessions):
            return b'I'
        fields = {'serial': after + 1, **self.sessions[after]}
        return b'I' + b''.join(f'{k}={v}\0'.encode() for k, v in fields.items())

    def kill(self, session):
        self.killed.append(session)
        return b'Ksessions=1\0'


SESSIONS = [{'session': 'aa-1', 'lab': 'one', 'protocol': 'ssh', 'upstream': '10.0.0.5:22', 'address': '192.0.2.7',
             'since': 1700000000000000, 'pid': 0},
            {'session': 'bb-2', 'lab': 'two "x"', 'since': 0, 'pid': 0}]


def test_sessions(place):
    assert 'porter.sock: No such file or directory' in place.run('sessions', status=1).stderr
    Porter(place, SESSIONS)
    first, second = json.loads(place.run('sessions', '--json').stdout)[:2]
    assert first == {'session': 'aa-1', 'lab': 'one', 'protocol': 'ssh', 'upstream': '10.0.0.5:22',
                     'remote_address': '192.0.2.7', 'since': '2023-11-14T22:13:20Z', 'unit': None, 'status': None, 'pid': 0}
    assert second['lab'] == 'two "x"' and second['since'] is None and second['upstream'] is None
    lines = place.run('sessions').stdout.splitlines()
    assert lines[0].split() == ['SESSION', 'LAB', 'PROTOCOL', 'BROWSER', 'SINCE', 'STATUS'] and 'aa-1' in lines[1]


def test_sessions_of_a_porter_that_does_not_tell(place):
    Porter(place, SESSIONS, silent=True)
    assert 'does not say' in place.run('sessions', status=1).stderr


def test_kill(place):
    porter = Porter(place, SESSIONS)
    assert 'no session cc-3' in place.run('kill', 'cc-3', status=1).stderr
    assert 'no session of lab three' in place.run('kill', '--lab', 'three', status=1).stderr
    assert porter.killed == []
    place.run('kill', 'aa-1')
    assert json.loads(place.run('kill', '--lab', 'two "x"', '--json').stdout) == {'killed': ['bb-2']}
    assert porter.killed == ['aa-1', 'bb-2']


def test_check_connect(place):
    listener = socket.create_server(('127.0.0.1', 0))
    port = listener.getsockname()[1]
    path = place.write(f'name = "a";\nprotocol = "odd";\nhostname = "127.0.0.1";\nport = {port};\n')
    assert f'127.0.0.1:{port} answers' in place.run('check', '--connect', str(path)).stdout
    result = json.loads(place.run('check', '--connect', '--json').stdout)
    assert result['mistakes'] == [] and result['files'] == 1
    assert result['reached'] == [{'file': str(path), 'lab': 'a', 'address': f'127.0.0.1:{port}', 'setting': None,
                                  'identities': []}]
    listener.close()
    assert 'Connection refused' in place.run('check', '--connect', status=1).stdout
    assert 'reached' not in json.loads(place.run('check', '--json').stdout)


class Machine:
    """A lab machine up to where it has shown its certificate."""

    def __init__(self, place, greet):
        certificate = place.path / 'certificate.pem'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                        '-subj', '/CN=m', '-keyout', certificate, '-out', certificate], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        _, text = certificate.read_text().split('PRIVATE KEY-----\n-----BEGIN C')
        digits = hashlib.sha256(ssl.PEM_cert_to_DER_cert('-----BEGIN C' + text)).hexdigest().upper()
        self.fingerprint = ':'.join(digits[i:i + 2] for i in range(0, 64, 2))
        self.greet = greet
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer = self.socket.accept()[0]
                if self.greet(peer):
                    self.context.wrap_socket(peer, server_side=True)
            except OSError:
                pass  # It has seen enough, and is gone.


def greet_as_rdp(peer):
    confirm = bytes([3, 0, 0, 19, 14, 0xd0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 1, 0, 0, 0])
    return len(peer.recv(19)) == 19 and not peer.sendall(confirm)


def greet_as_vnc(peer):
    answers = [(b'', b'RFB 003.008\n'), (b'RFB 003.008\n', b'\1\x13'), (b'\x13', b'\0\2'),
               (b'\0\2', b'\0\2\0\0\1\3\0\0\1\4'), (b'\0\0\1\4', b'\1')]
    return all(peer.recv(len(asked)) == asked and not peer.sendall(answer) for asked, answer in answers)


def test_certificates_are_shown_for_pinning(place):
    if not shutil.which('openssl') or not {'vnc', 'rdp'} <= {p.stem for p in PLUGINS}:
        raise Skip('no openssl, or built without vnc or rdp')
    for plugin in PLUGINS:
        shutil.copy(plugin, place.plugins)
    for protocol, greet, more in ('rdp', greet_as_rdp, []), ('vnc', greet_as_vnc, ['--set', 'security=x509']):
        machine = Machine(place, greet)
        where = ['--name', 'a', '--hostname', '127.0.0.1', '--port', str(machine.port)]

        # Who pins nothing is refused, and told what there is to pin: this does it.
        refused = place.run('add', protocol, *where, *more, status=1)
        pin = re.search(r'^ *--set (cert_fingerprints=(\S+))$', refused.stderr, re.MULTILINE)
        assert pin and pin[2] == machine.fingerprint, refused.stderr
        assert files(place.labs) == []
        token = place.run('add', protocol, *where, *more, '--set', pin[1]).stdout.strip()
        setting = f'cert_fingerprints = [ "{machine.fingerprint}" ]; # certificate'
        assert f'{setting}, pinned\n' in place.run('check', '--connect').stdout
        path = place.labs / f'{hashlib.sha256(token.encode()).hexdigest()}.conf'
        text = path.read_text()

        # Another pin, and none.
        path.write_text(text.replace(machine.fingerprint, 'AA' * 32))
        assert 'is not the machine that the lab pins' in place.run('check', '--connect', status=1).stdout
        path.write_text(re.sub('cert_fingerprints.*', '', text))
        shown = place.run('check', '--connect', str(path), status=1).stdout
        assert f'{setting}\n' in shown and 'nothing is pinned yet' in shown
        path.unlink()
    where[-1] = '1'
    assert 'Connection refused' in place.run('add', 'rdp', *where, status=1).stderr


def test_doctor(place):
    found = json.loads(place.run('doctor', '--json', status=1).stdout)
    assert all(row['verdict'] in ('ok', 'hint', 'wrong') and row['advice'] is not None or row['verdict'] == 'ok'
               for row in found), found
    assert {'accounts', 'units', 'porter', 'plugins', 'labs', 'fonts', 'socket', 'labgate.conf', 'nginx'} <= \
        {row['check'] for row in found}
    assert 'wrong' in place.run('doctor', status=1).stdout


def complete(place, *words):
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _labgate; printf "%s\\n" "${COMPREPLY[@]}"')
    environment = dict(place.environment, PATH=f'{pathlib.Path(COMMAND).parent}:{os.environ["PATH"]}')
    bash = ETC.parent / 'packaging/completion/labgate.bash'
    return subprocess.run(['bash', '-c', script, 'bash', bash, 'labgate', *words], env=environment, capture_output=True,
                          text=True, timeout=30).stdout.split()


def test_completion(place):
    place.add(name='my-lab')
    Porter(place, SESSIONS)
    assert {'add', 'doctor', 'sessions'} <= set(complete(place, '')) and complete(place, 'doc') == ['doctor']
    assert complete(place, 'add', 's') == ['ssh']
    assert complete(place, 'add', 'odd', '--ex') == ['--expires'] and complete(place, 'show', 'my') == ['my-lab']
    assert complete(place, 'kill', 'bb') == ['bb-2'] and complete(place, 'kill', '--lab', 'm') == ['my-lab']


ZSHRC = """
PS1='ready> ' fpath=(%s $fpath)
autoload -Uz compinit && compinit -D -u
setopt no_beep no_list_beep
tell() { print -r -- "$BUFFER" >> %s; BUFFER= }
zle -N tell
bindkey '^I' complete-word '^X' tell
"""


def zsh_complete(place, *lines):
    """What becomes of each line when somebody types it at a real prompt, and then the Tab key."""
    told = place.path / 'told'
    told.touch()
    (place.path / '.zshrc').write_text(ZSHRC % (ETC.parent / 'packaging/completion', told))
    path = f'{pathlib.Path(COMMAND).resolve().parent}:{os.environ["PATH"]}'
    environment = dict(place.environment, PATH=path, TERM='vt100', ZDOTDIR=str(place.path), LC_ALL='C.UTF-8')
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place.path)
        os.execvpe('zsh', ['zsh', '-i', '+d'], environment)
    seen, deadline = b'', time.monotonic() + 30
    try:
        while len(told.read_text().splitlines()) < len(lines):
            assert time.monotonic() < deadline, seen
            if not select.select([terminal], [], [], 0.05)[0]:
                continue
            # What is typed before it asks would go through the terminal's own line editor.
            asked, seen = b'ready>' in seen, seen + os.read(terminal, 65536)
            if b'ready>' in seen and not asked:
                os.write(terminal, ''.join(f'{line}\t\x18' for line in lines).encode())
    finally:
        os.close(terminal)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return told.read_text().splitlines()


def test_completion_in_zsh(place):
    if not shutil.which('zsh'):
        raise Skip('zsh is not installed')
    place.add(name='my lab')
    Porter(place, SESSIONS)
    (place.path / 'some-key').touch()
    cases = {
        'labgate doc': 'labgate doctor ',
        'labgate add s': 'labgate add ssh ',
        'labgate add odd --ex': 'labgate add odd --expires ',
        'labgate add odd --set num': 'labgate add odd --set number=',
        'labgate add odd --private-key so': 'labgate add odd --private-key some-key ',
        'labgate add odd --set-file private_key=so': 'labgate add odd --set-file private_key=some-key ',
        'labgate add odd --expires do': 'labgate add odd --expires do',
        'labgate settings v': 'labgate settings vnc ',
        'labgate show my': 'labgate show my\\ lab ',
        'labgate kill bb': 'labgate kill bb-2 ',
        'labgate kill --lab m': 'labgate kill --lab my\\ lab ',
        'labgate check so': 'labgate check some-key ',
        'labgate check --con': 'labgate check --connect ',
    }
    became = dict(zip(cases, zsh_complete(place, *cases)))
    assert became == cases, became


def main():
    tests = [(name, f) for name, f in globals().items() if name.startswith('test_')]
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix='test-cli-') as directory:
            try:
                function(Place(directory))
                print(f'ok {number} - {name}')
            except Skip as why:
                print(f'ok {number} - {name} # SKIP {why}')
            except Exception:
                failed += 1
                print(f'not ok {number} - {name}')
                print(''.join('# ' + line + '\n' for line in traceback.format_exc().splitlines()), end='')
    print(f'1..{len(tests)}')
    return failed > 0


sys.exit(main())
