/** Invented people, with the names that people have: one word, emoji, other scripts, very long ones. */
export const FIRST_NAMES = [
  'Ada',
  'Noor',
  'João',
  'Siobhán',
  'Mira 🌸',
  'Zoë',
  'Nguyễn',
  'Olu',
  'Élodie',
  'Max'.repeat(60),
];
export const LAST_NAMES = ['Okafor', "O'Neill", 'van der Berg', 'Müller', 'Smith-Jones', 'Øster', '王', 'Lund'];
