"""RandomPet: names that people can remember."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.inputs import Input, Kind
from localcloud.providers.properties import Property
from localcloud.providers.random.resource import KEEPERS, Imported, ImportIdError, RandomResource

ADVERBS = """
    ably barely boldly briefly brightly broadly calmly clearly closely daily dearly deeply duly early easily evenly
    exactly fairly firmly fondly freely freshly gently gladly grandly greatly happily highly hugely humbly jointly
    justly keenly kindly largely lately lightly loosely loudly mainly mildly mostly nearly neatly newly nicely
    openly overly plainly politely promptly proudly purely quickly quietly rapidly rarely readily really richly
    rightly roughly safely sharply shortly simply slowly smoothly softly solely soundly steadily strongly surely
    swiftly tightly truly vastly vividly warmly widely wildly wisely
""".split()  # noqa: SIM905 - a list that reads as one

ADJECTIVES = """
    able active agile alert ample apt awake aware bold brave brief bright brisk calm candid careful central charming
    cheerful classic clean clear clever close cosy crisp curious daring dear deep direct distinct eager early easy
    elegant epic equal exact expert fair famous fancy fast fine firm fit fleet fluent fond frank free fresh full
    funny gentle giving glad golden good grand great handy happy hardy helpful honest hopeful humble ideal just keen
    kind large light lively logical loved loyal lucky merry mighty modern modest musical neat nice noble novel open
    patient polite proud pure quick quiet rapid rare ready regular robust sharp shining simple smart smooth solid
    sound steady still strong sunny super sweet swift talented thankful tidy true trusted useful valid vital vivid
    warm whole wise witty worthy
""".split()  # noqa: SIM905 - a list that reads as one

NAMES = """
    albatross alpaca ant antelope ape badger bass bat beagle bear beaver bee beetle bison boar bobcat buck buffalo
    bull camel caribou cat cattle cheetah chicken clam cobra cod condor cow crab crane cricket crow deer dingo dodo
    dog dolphin donkey dove drake duck eagle eel egret elephant elk emu falcon fawn ferret finch fish flamingo fly
    fox frog gannet gazelle gecko gibbon giraffe goat goose gopher grouse gull halibut hamster hare hawk hen heron
    herring hippo hornet horse hound husky ibex iguana impala jackal jaguar jay kangaroo kite kitten koala krill
    lamb lark lemming lemur leopard lion lizard llama lobster lynx macaw mackerel magpie mammoth marmot marten mink
    mole monkey moose moth mouse mule newt ocelot octopus opossum orca osprey ostrich otter owl ox oyster panda
    panther parrot peacock pelican penguin perch pig pigeon pika polecat pony porpoise puffin pug puma python quail
    rabbit raccoon ram raptor rat raven ray reindeer robin rooster sailfish salmon sardine scorpion seagull seal
    shark sheep shiner shrew shrimp skink skunk sloth slug snail snake snipe sole sparrow spider sponge squid
    squirrel stag starfish stork swan swift tapir tarpon tern terrier tiger titmouse toad tortoise toucan trout tuna
    turkey turtle urchin viper vulture wahoo wallaby walleye walrus warthog wasp weasel weevil whale whippet wildcat
    wolf wombat worm wren yak zebra
""".split()  # noqa: SIM905 - a list that reads as one


class RandomPet(RandomResource):
    """An animal's name after adjectives and adverbs; its id is the name, and it has no other output."""

    type_name = "random:index/randomPet:RandomPet"
    inputs = (
        KEEPERS,
        Input("length", Kind.INTEGER, default=2, minimum=1),
        Input("prefix", Kind.STRING),
        Input("separator", Kind.STRING, default="-"),
    )
    outputs = ()

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        vocabularies = [*[ADVERBS] * (inputs["length"] - 2), ADJECTIVES, NAMES][-inputs["length"] :]
        words = [secrets.choice(vocabulary) for vocabulary in vocabularies]
        return {"id": inputs["separator"].join([*filter(None, [inputs["prefix"]]), *words])}

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        name: str = generated["id"]
        return name

    @override
    def import_id(self, id: str) -> Imported:
        raise ImportIdError("a RandomPet cannot be imported, as with the real provider; let it be created anew")
