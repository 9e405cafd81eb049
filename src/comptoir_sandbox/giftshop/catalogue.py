"""What the shop sells: title, code and price before tax. Names and prices are made up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """A thing on the shelf."""

    title: str
    sku: str
    price: str
    is_food: bool = False
    """Basic groceries: taxed at nothing."""


CATALOGUE = (
    Product("Tuque à pompon", "TUQUE-ROUGE", "20.00"),
    Product("Bas de laine", "BAS-LAINE", "14.50"),
    Product("Couverture de laine", "COUV-LAINE", "100.00"),
    Product("Mitaines perlées", "MITAINES", "50.00"),
    Product("Tasse Plateau", "TASSE-PLATEAU", "18.25"),
    Product("Théière émaillée", "THEIERE", "42.75"),
    Product("Affiche Escaliers de Montréal", "AFFICHE-ESC", "28.00"),
    Product("Affiche Metro map 1966", "AFFICHE-METRO", "32.50"),
    Product("Carnet ligné Mile End", "CARNET-ME", "11.95"),
    Product("Carte sérigraphiée", "CARTE-SERIE", "6.50"),
    Product("Chandelle sapin", "CHANDELLE-SAPIN", "24.00"),
    Product("Chandelle érable", "CHANDELLE-ERABLE", "24.00"),
    Product("Savon à l'avoine", "SAVON-AVOINE", "8.75"),
    Product("Sac fourre-tout Bagel", "SAC-BAGEL", "22.00"),
    Product("Jigsaw puzzle: Old Port", "PUZZLE-PORT", "29.95"),
    Product("Aimant du mont Royal", "AIMANT-MR", "4.95"),
    Product("Lampe castor", "LAMPE-CASTOR", "64.00"),
    Product("Ornement de Noël, hibou", "ORN-HIBOU", "12.25"),
    Product("Ornement de Noël, orignal", "ORN-ORIGNAL", "12.25"),
    Product("Tablier à carreaux", "TABLIER-CAR", "38.00"),
    Product("Linge à vaisselle", "LINGE-VAISS", "9.50"),
    Product("Jeu de cartes Québec", "JEU-CARTES", "15.75"),
    Product("Sirop d'érable 250 ml", "SIROP-250", "12.00", is_food=True),
    Product("Thé du Labrador 60 g", "THE-LAB", "10.50", is_food=True),
)
