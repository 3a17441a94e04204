"""Names, streets, hosts and browsers of the town."""

FIRST = """Anna Ben Clara David Emma Felix Greta Hugo Ida Jonas Klara Leon Mia Noah Olga Paul Rosa Simon Tilda Urs
    Vera Willi Yara Zoe Amir Bela Cem Dilara Elif Farid Gina Hanna Ivan Jana Kenan Lena Marek Nora Omar Pia""".split()
LAST = """Adler Bach Conrad Dietz Ebert Fuchs Graf Haas Ibsen Jung Kern Lang Maier Nagel Otto Peters Quandt Roth Sommer
    Thiel Ulrich Vogt Weber Xander Yilmaz Zeller Arnold Beyer Celik Demir Engel Franke Gross Herzog Iversen Jansen
    Koch Lorenz Moser Nowak Oster Popov Rossi Schulz Tanaka Unger Vidal Wolf Ziegler Schmidt Becker Hoffmann""".split()
STREETS = ("Hauptstrasse", "Gartenweg", "Lindenallee", "Am Bach", "Schulgasse", "Ringstrasse", "Hafenkai")
HOSTS = (
    ("gmail.com", 40),
    ("gmx.de", 18),
    ("web.de", 14),
    ("outlook.com", 8),
    ("icloud.com", 8),
    ("yahoo.com", 5),
    ("proton.me", 3),
    ("posteo.de", 2),
    ("mail.example", 2),
)
BROWSERS = tuple(f"agent {number}" for number in range(1, 31))
