"""Write apps/user/common_passwords.txt: what people, and guessers, try first.

Made from patterns, not copied from a leak: words that stand in every published
ranking, with what people add to them; walks over the keyboard; digits in order; years.
"""

import itertools
from pathlib import Path

PLACE = Path(__file__).parents[1] / "apps" / "user" / "common_passwords.txt"
SHORTEST = 8  # shorter ones are refused for that already

WORDS = """
    password passwort passw0rd p@ssword p@ssw0rd pa55word motdepasse contrasena senha
    parola wachtwoord haslo heslo sifre qwerty qwertz azerty letmein welcome admin
    administrator root login user guest master monkey dragon shadow sunshine princess
    football baseball basketball soccer hockey iloveyou loveyou lovely babygirl superman
    batman spiderman pokemon starwars trustno1 freedom whatever computer internet
    michael jennifer jordan jessica ashley daniel matthew charlie thomas andrew hunter
    robert anthony joshua nicole amanda michelle samantha elizabeth alexander benjamin
    maria anna laura sophie david martin peter stefan ginger pepper cookie cheese
    chocolate banana orange purple summer winter spring autumn january february march
    april june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday secret changeme default test testing
    temp hello mustang ferrari porsche mercedes corvette yankees dallas london paris
    berlin madrid liverpool arsenal chelsea barcelona realmadrid killer flower butterfly
    angel blessed jesus christ matrix hacker security access server oracle cisco
    samsung google facebook lectern flask python student teacher school company
"""
ROWS = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
]
COLUMNS = ["1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol."]
WHOLE = """
    correcthorsebatterystaple 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5
    a1b2c3d4 a1s2d3f4 zaq12wsx zaq1xsw2 qweasdzxc qwe123qwe qweqweqwe abc12345 abc123abc
    abcd1234 abcde12345 aa123456 a1234567 a12345678 a123456789 123456789a 12345678a
    1234qwer 123qweasd 123qwe123 asdf1234 asdfasdf asdf;lkj qwer1234 qwerasdf zxcv1234
    zxcvzxcv letmeinnow iloveyou1 iloveyou2 iloveyou3 whatthehell nopassword mypassword
    yourpassword thepassword newpassword oldpassword password1password passwordpassword
    00000001 10203040 11223344 12121212 12341234 12344321 123123123 112233445566
    147258369 159357456 159753456 741852963 789456123 987654321 98765432 987654321a
    0987654321 01234567 012345678 0123456789 12345678910 1234567891 11111112 22222222
    13131313 69696969 31415926 314159265 27182818 5201314520 1122334455 123654789
    102030405060 123321123 123456654321 18436572 24682468 13579135 135792468 19216811
"""
ADDED = [
    *("1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789"),
    *("!", "1!", "123!", "!!", "@123", "@1234", "#1", "00", "01", "007", "11", "21"),
    *("22", "23", "69", "77", "88", "99", "111", "321", "666", "777", "2000", "2010"),
    *(str(year) for year in range(2015, 2028)),
]


def passwords() -> list[str]:
    """List them, in lower case and in order."""
    words = WORDS.split()
    made = set(WHOLE.split())
    made.update(word + added for word in words for added in ["", *ADDED])
    made.update(word + word for word in words)
    for row in ROWS:
        for line in (row, row[::-1]):
            for start, end in itertools.combinations(range(len(line) + 1), 2):
                made.add(line[start:end])
                made.add(line[start:end] * 2)
    for first, second in itertools.product(COLUMNS, repeat=2):
        made.add(first + second)
        made.add(first[::-1] + second[::-1])
    return sorted(word for word in made if len(word) >= SHORTEST)


if __name__ == "__main__":
    PLACE.write_text("\n".join(passwords()) + "\n", encoding="utf-8")
