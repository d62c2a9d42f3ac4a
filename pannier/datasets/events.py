"""Lines of JSON like those of the GitHub Archive (https://www.gharchive.org): nested, and of several types.

An event is spelled from pieces of JSON made beforehand (a person, a repository, a text), so making one costs
a few draws and one string.  Every record has ``id, type, name, actor, repo, payload, public, created_at``, some
have ``org``; what is in ``payload`` depends on ``type``.  ``name`` is the actor's full name, one of 20,000 by
Zipf's law.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Final

from pannier.datasets import vocabulary
from pannier.datasets.dirt import soiled
from pannier.datasets.draws import Draws, Weighted, zipf
from pannier.datasets.files import Compression, Kind, Part, day_clock, write_files
from pannier.errors import UsageError

_API: Final = "https://api.github.com"
_EVENTS_A_DAY: Final = 10_000_000
"""Room for the ids of one file, so that no two files share an id."""


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    """Full name as JSON, quotes included."""
    login: str
    json: str
    """The object that stands for the person wherever an event mentions one."""
    brief: str
    """The same in a brief event: the account's id and login."""


@dataclass(frozen=True, slots=True)
class _Repo:
    full_name: str
    url: str
    json: str
    """The object under ``repo``."""
    brief: str
    """The same in a brief event: id and name."""
    tail: str
    """The last member of the record, with its comma: ``org`` where an organization owns the repository."""


@dataclass(frozen=True, slots=True)
class _World:
    """All people, places and texts that events speak of; the same for every seed."""

    people: Weighted[_Person]
    repos: Weighted[_Repo]
    branches: Weighted[str]
    titles: list[str]
    messages: list[str]
    bodies: list[str]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class _Scene:
    """What an event's payload is made from."""

    draws: Draws
    world: _World
    actor: _Person
    repo: _Repo
    now: str
    """Time of the event, ISO 8601."""


@cache
def _world() -> _World:
    draws = Draws("world")
    logins = vocabulary.slugs(vocabulary.PEOPLE, "logins")
    people = [_person(draws, *both) for both in zip(vocabulary.people(), logins, strict=True)]
    repos = [_repo(draws, draws.one(people), slug) for slug in vocabulary.slugs(10_000, "repos")]
    titles = [vocabulary.title(draws) for _ in range(2_000)]
    messages = titles + [f"{draws.one(titles)}\n\n{vocabulary.prose(draws)}" for _ in range(500)]
    bodies = [vocabulary.prose(draws) for _ in range(2_000)]
    return _World(
        people=zipf(people),
        repos=zipf(repos),
        branches=zipf(("master", "develop", "gh-pages", *vocabulary.slugs(500, "branches"))),
        titles=_spelled(titles),
        messages=_spelled(messages),
        bodies=_spelled(bodies),
        labels=[
            f'{{"url":"{_API}/labels/{word}","name":"{word}","color":"{draws.sha()[:6]}"}}'
            for word in vocabulary.WORDS[:60]
        ],
    )


def _spelled(texts: Iterable[str]) -> list[str]:
    """``texts`` as JSON; every third with escapes for what is not ASCII, since both spellings are about."""
    return [json.dumps(text, ensure_ascii=number % 3 == 0) for number, text in enumerate(texts)]


def _person(draws: Draws, name: str, login: str) -> _Person:
    number = 1000 + draws.below(9_000_000)
    brief = f'{{"id":{number},"login":"{login}"'
    text = (
        f'{brief},"gravatar_id":"","url":"{_API}/users/{login}",'
        f'"avatar_url":"https://avatars.githubusercontent.com/u/{number}?"}}'
    )
    return _Person(json.dumps(name, ensure_ascii=False), login, text, f"{brief}}}")


def _repo(draws: Draws, owner: _Person, slug: str) -> _Repo:
    full_name = f"{owner.login}/{slug}"
    url = f"{_API}/repos/{full_name}"
    brief = f'{{"id":{10_000 + draws.below(28_000_000)},"name":"{full_name}"'
    tail = f',"org":{owner.json}' if draws.share() < 0.3 else ""
    return _Repo(full_name, url, f'{brief},"url":"{url}"}}', f"{brief}}}", tail)


def _push(scene: _Scene) -> str:
    draws, world, repo = scene.draws, scene.world, scene.repo
    size = draws.pick(_COMMITS)
    commits = []
    for _ in range(size):
        sha = draws.sha()
        author = scene.actor if draws.share() < 0.8 else draws.pick(world.people)
        commits.append(
            f'{{"sha":"{sha}","author":{{"email":"{author.login}@example.org","name":{author.name}}},'
            f'"message":{draws.one(world.messages)},"distinct":true,"url":"{repo.url}/commits/{sha}"}}'
        )
    return (
        f'{{"push_id":{draws.below(10**9)},"size":{size},"distinct_size":{size},'
        f'"ref":"refs/heads/{draws.pick(world.branches)}","head":"{draws.sha()}","before":"{draws.sha()}",'
        f'"commits":[{",".join(commits)}]}}'
    )


def _summary(scene: _Scene) -> str:
    """The payload of a brief event, whatever its type: where the branch was, and is."""
    draws = scene.draws
    return (
        f'{{"size":{draws.pick(_COMMITS)},"ref":"refs/heads/{draws.pick(scene.world.branches)}",'
        f'"head":"{draws.sha()}","before":"{draws.sha()}"}}'
    )


def _create(scene: _Scene) -> str:
    draws, world = scene.draws, scene.world
    what = draws.pick(_REF_TYPES)
    ref = "null" if what == "repository" else f'"{draws.pick(world.branches)}"'
    description = "null" if draws.share() < 0.2 else draws.one(world.titles)
    return (
        f'{{"ref":{ref},"ref_type":"{what}","master_branch":"master","description":{description},'
        '"pusher_type":"user"}'
    )


def _delete(scene: _Scene) -> str:
    return f'{{"ref":"{scene.draws.pick(scene.world.branches)}","ref_type":"branch","pusher_type":"user"}}'


def _watch(scene: _Scene) -> str:
    return '{"action":"started"}'


def _fork(scene: _Scene) -> str:
    draws, actor = scene.draws, scene.actor
    slug = scene.repo.full_name.partition("/")[2]
    return (
        f'{{"forkee":{{"id":{draws.below(30_000_000)},"name":"{slug}","full_name":"{actor.login}/{slug}",'
        f'"owner":{actor.json},"private":false,"description":{draws.one(scene.world.titles)},"fork":true,'
        f'"created_at":"{scene.now}","pushed_at":null,"size":{draws.below(100_000)},"stargazers_count":0,'
        f'"language":null,"has_issues":false,"default_branch":"master","public":true}}}}'
    )


def _issues(scene: _Scene) -> str:
    action = scene.draws.one(("opened", "opened", "closed", "reopened"))
    return f'{{"action":"{action}","issue":{_issue(scene)}}}'


def _issue_comment(scene: _Scene) -> str:
    comment = _comment(scene, "issues/comments")
    return f'{{"action":"created","issue":{_issue(scene)},"comment":{comment}}}'


def _pull_request(scene: _Scene) -> str:
    action = scene.draws.one(("opened", "closed", "synchronize"))
    text = _pull(scene, "closed" if action == "closed" else "open")
    return f'{{"action":"{action}","number":{scene.draws.below(5_000)},"pull_request":{text}}}'


def _review_comment(scene: _Scene) -> str:
    comment = _comment(scene, "pulls/comments")
    return f'{{"action":"created","comment":{comment},"pull_request":{_pull(scene, "open")}}}'


def _release(scene: _Scene) -> str:
    draws, world = scene.draws, scene.world
    number, tag = draws.below(900_000), f"v{draws.below(9)}.{draws.below(30)}.{draws.below(10)}"
    return (
        f'{{"action":"published","release":{{"url":"{scene.repo.url}/releases/{number}","id":{number},'
        f'"tag_name":"{tag}","name":{draws.one(world.titles)},"draft":false,"author":{scene.actor.json},'
        f'"prerelease":false,"published_at":"{scene.now}","assets":[],"body":{draws.one(world.bodies)}}}}}'
    )


def _issue(scene: _Scene) -> str:
    draws, world = scene.draws, scene.world
    number = 1 + draws.below(5_000)
    labels = ",".join([draws.one(world.labels) for _ in range(draws.below(3))])
    assignee = draws.pick(world.people).json if draws.share() < 0.2 else "null"
    return (
        f'{{"url":"{scene.repo.url}/issues/{number}","id":{draws.below(54_000_000)},"number":{number},'
        f'"title":{draws.one(world.titles)},"user":{draws.pick(world.people).json},"labels":[{labels}],'
        f'"state":"open","assignee":{assignee},"milestone":null,"comments":{draws.below(30)},'
        f'"created_at":"{scene.now}","closed_at":null,"body":{draws.one(world.bodies)}}}'
    )


def _comment(scene: _Scene, where: str) -> str:
    draws = scene.draws
    number = draws.below(69_000_000)
    return (
        f'{{"url":"{scene.repo.url}/{where}/{number}","id":{number},"user":{scene.actor.json},'
        f'"created_at":"{scene.now}","updated_at":"{scene.now}","body":{draws.one(scene.world.bodies)}}}'
    )


def _pull(scene: _Scene, state: str) -> str:
    draws, world, repo = scene.draws, scene.world, scene.repo
    number = 1 + draws.below(5_000)
    merged_at = f'"{scene.now}"' if state == "closed" and draws.share() < 0.7 else "null"
    user = scene.actor.json
    return (
        f'{{"url":"{repo.url}/pulls/{number}","id":{draws.below(27_000_000)},"number":{number},'
        f'"state":"{state}","title":{draws.one(world.titles)},"user":{user},'
        f'"body":{draws.one(world.bodies)},"created_at":"{scene.now}","merged_at":{merged_at},'
        f'"head":{{"ref":"{draws.pick(world.branches)}","sha":"{draws.sha()}","user":{user}}},'
        f'"base":{{"ref":"master","sha":"{draws.sha()}","repo":{repo.json}}},'
        f'"comments":{draws.below(10)},"commits":{1 + draws.below(9)},"additions":{draws.below(900)},'
        f'"deletions":{draws.below(400)},"changed_files":{1 + draws.below(30)}}}'
    )


_COMMITS: Final = Weighted((1, 2, 3, 4, 5, 8, 20), (790, 115, 40, 25, 15, 10, 5))
"""Commits in a push."""
_REF_TYPES: Final = Weighted(("branch", "repository", "tag"), (60, 30, 10))
_TYPES: Final[Weighted[tuple[str, Callable[[_Scene], str]]]] = Weighted(
    (
        ("PushEvent", _push),
        ("CreateEvent", _create),
        ("WatchEvent", _watch),
        ("IssueCommentEvent", _issue_comment),
        ("IssuesEvent", _issues),
        ("PullRequestEvent", _pull_request),
        ("ForkEvent", _fork),
        ("DeleteEvent", _delete),
        ("PullRequestReviewCommentEvent", _review_comment),
        ("ReleaseEvent", _release),
    ),
    (510, 125, 100, 90, 50, 50, 35, 20, 15, 5),
)
"""Types of events per thousand, rounded from the archive's of January 2015."""


def _lines(part: Part, dirty: float, brief: bool) -> Iterator[str]:
    draws, world = Draws("events", part.seed, part.number), _world()
    # Dirt has draws of its own: the lines that stay clean are the same at any share of dirt.
    dirt = Draws("dirt", part.seed, part.number)
    first_id = 2_400_000_000 + part.number * _EVENTS_A_DAY
    pick = draws.pick
    for number in count():
        kind, payload = pick(_TYPES)
        now = f"{part.day}T{day_clock(part.second(number))}Z"
        actor, repo = pick(world.people), pick(world.repos)
        scene = _Scene(draws, world, actor, repo, now)
        if brief:
            who, where, text, tail = actor.brief, repo.brief, _summary(scene), ""
        else:
            who, where, text, tail = actor.json, repo.json, payload(scene), repo.tail
        line = (
            f'{{"id":"{first_id + number}","type":"{kind}","name":{actor.name},"actor":{who},'
            f'"repo":{where},"payload":{text},"public":true,"created_at":"{now}"{tail}}}\n'
        )
        yield soiled(line, dirt) if dirty and dirt.share() < dirty else line


def _kind(dirty: float, brief: bool) -> Kind:
    if not 0 <= dirty <= 1:
        raise UsageError(f"dirty={dirty}: a share of the lines, so between 0 and 1")
    line_bytes = 380 if brief else 1140
    return Kind(suffix=".json", line_bytes=line_bytes, lines=partial(_lines, dirty=dirty, brief=brief))


def event_lines(n: int, *, seed: int = 0, dirty: float = 0.0, brief: bool = False) -> Iterator[str]:
    """``n`` lines of JSON, line ends included, each about 1 kB; their times advance through one day.

    ``dirty`` is the share of lines that are spoiled; see :func:`pannier.datasets.dirt.soiled` for how.
    ``brief`` events are about 380 bytes: people and repositories come without their urls, there is no ``org``, and
    ``payload`` is the same few members for every type.

    >>> import json
    >>> event = json.loads(next(event_lines(1)))
    >>> list(event)[:6]
    ['id', 'type', 'name', 'actor', 'repo', 'payload']
    """
    return _kind(dirty, brief).take(Part(seed, 0, n))


def write_events(
    folder: str | os.PathLike[str],
    *,
    files: int = 8,
    records: int | None = None,
    size: str | int | None = None,
    seed: int = 0,
    dirty: float = 0.0,
    brief: bool = False,
    compression: Compression = "gz",
    only: Iterable[int] | None = None,
) -> list[str]:
    """Paths of the files of events written to ``folder``: ``2015-01-01.json.gz``, ``2015-01-02.json.gz``...

    ``records`` or ``size`` (bytes before compression, as a number or like "600 MB") says how much to make in
    all ``files`` together.  ``only`` gives the numbers of the files to write in this call, from 0; a file is
    the same whether its neighbours are made with it, before it, at the same time, or never.

    Raises :class:`~pannier.errors.UsageError` when neither or both of ``records`` and ``size`` are given, or a
    number is out of range.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [os.path.basename(path) for path in write_events(folder, files=2, records=10)]
    ['2015-01-01.json.gz', '2015-01-02.json.gz']
    """
    return write_files(
        _kind(dirty, brief),
        folder,
        files=files,
        records=records,
        size=size,
        seed=seed,
        compression=compression,
        only=only,
    )
