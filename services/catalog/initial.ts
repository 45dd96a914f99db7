import type { Row } from "./core/types.ts";

const quantityOfEach = 100;

/** Name and price of each toy of a new store, one a line. */
const toys = `
Tux 15.99
Whale 24.99
Elephant 29.95
Python 19.99
Lego 49.99
Barbie 21.99
Slinky 6.99
Frisbee 8.49
Monopoly 27.99
Marbles 4.99
Abacus 13.50
Accordion 34.99
Air Hockey Table 89.99
Airplane Kit 17.49
Alphabet Blocks 14.99
Ant Farm 22.95
Backgammon 18.99
Balance Bike 64.99
Ball Pit 54.99
Balsa Glider 3.99
Bamboo Flute 9.99
Banjo 39.99
Bath Boat 7.49
Beach Ball 5.49
Bead Maze 16.99
Bingo 11.99
Boomerang 9.49
Bowling Set 19.49
Bubble Machine 18.99
Building Planks 32.99
Bumblebee 12.99
Camel 18.49
Card Tricks 8.99
Castle 59.99
Caterpillar 10.99
Checkers 9.99
Chemistry Set 44.99
Chess 24.49
Chimpanzee 23.99
Circus Tent 69.99
Clockwork Mouse 5.99
Coloring Book 4.49
Cowboy Hat 7.99
Crane Truck 36.99
Crocodile 20.49
Croquet 42.99
Cuckoo Clock Kit 26.99
Darts 15.49
Diabolo 13.99
Dinosaur 22.49
Dollhouse 94.99
Dolphin 17.99
Dominoes 7.99
Donkey 16.49
Dragon 28.99
Drum 25.99
Duck on Wheels 14.49
Easel 38.99
Excavator 33.49
Fairy Wings 11.49
Farm Animals 19.99
Finger Paint 6.49
Finger Puppets 8.99
Fire Engine 31.99
Fishing Game 10.49
Flamingo 18.99
Flip Book 3.49
Fox 16.99
Galaxy Puzzle 15.99
Garden Tools 13.49
Giraffe 27.49
Glockenspiel 21.49
Globe 29.99
Glow Stars 5.99
Go Kart 129.99
Gorilla 26.49
Guitar 45.99
Gyroscope 9.99
Hand Puppet 12.49
Harmonica 8.99
Hedgehog 13.99
Helicopter 24.99
Hippopotamus 25.49
Hobby Horse 30.99
Hopscotch Mat 17.99
Hourglass 6.99
Hula Hoop 7.49
Igloo Blocks 28.49
Jack in the Box 16.99
Jigsaw Puzzle 12.99
Juggling Balls 10.99
Jump Rope 4.99
Kaleidoscope 8.49
Kangaroo 21.99
Kazoo 2.99
Kite 14.99
Koala 19.49
Ladybug 9.49
Lava Lamp 23.99
Lemur 17.49
Lion 25.99
Locomotive 48.99
Ludo 12.49
Magic Wand 6.49
Magnet Tiles 39.99
Magnifying Glass 5.99
Maracas 9.99
Marionette 27.99
Microscope 52.99
Model Rocket 34.49
Music Box 22.99
Nesting Dolls 18.49
Ninepins 20.99
Noah's Ark 46.99
Octopus 15.49
Origami Paper 4.99
Otter 16.99
Owl 14.99
Paddle Ball 3.99
Paper Dolls 5.49
Parrot 18.99
Pedal Car 119.99
Penguin Slide 21.49
Periscope 11.99
Piggy Bank 9.99
Pinball 36.49
Pinwheel 2.49
Pirate Ship 57.99
Play Dough 7.99
Play Kitchen 79.99
Pogo Stick 32.49
Polar Bear 28.49
Popgun 8.99
Puffin 13.49
Quoits 14.49
Rabbit 12.99
Race Track 43.99
Rag Doll 15.99
Remote Control Car 41.99
Robot 37.99
Rocking Horse 84.99
Roller Skates 35.99
Rubber Duck 3.99
Sailboat 19.99
Sandbox Set 12.49
Scooter 58.99
Seahorse 11.49
Shape Sorter 13.99
Sled 47.99
Snow Globe 10.99
Spinning Top 4.49
Stilts 22.49
Submarine 18.99
Tambourine 11.99
Tea Set 23.49
Teddy Bear 24.99
Telescope 61.99
Tiddlywinks 5.99
Train Set 74.99
Unicorn 20.99
Walkie-Talkie 33.99
Xylophone 17.99
`;

/** The catalog of a new store: 162 toys. */
export function initialCatalog(quantity = quantityOfEach): Row[] {
  return toys
    .trim()
    .split("\n")
    .map((line) => {
      const space = line.lastIndexOf(" ");
      const priceCents = Math.round(Number(line.slice(space + 1)) * 100);
      return { name: line.slice(0, space), priceCents, quantity };
    });
}
