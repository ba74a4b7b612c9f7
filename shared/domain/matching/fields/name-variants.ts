/** Formal names, each with short and other forms. A form may belong to several. */
const formsOf: readonly string[] = [
  'abdul abdool',
  'abhishek abhi',
  'aditya adi',
  'agarwal aggarwal agrawal agarwala',
  'alexander alex sandy sasha',
  'alexandra alex sandra sasha',
  'andrew andy drew',
  'anthony tony ant',
  'banerjee banerji bannerjee',
  'barbara barb barbie',
  'benjamin ben benny',
  'catherine katherine kathryn kate kathy katie cathy kitty',
  'charles charlie chuck',
  'chaudhary choudhary chaudhry choudhury chowdhury',
  'christopher chris kris',
  'christina christine chris tina',
  'daniel dan danny',
  'david dave davy',
  'deborah debbie deb',
  'edward ed eddie ned ted',
  'elizabeth liz beth lizzie betty eliza',
  'frederick fred freddie',
  'gurpreet guri',
  'harpreet harry',
  'james jim jimmy jamie',
  'jennifer jen jenny',
  'jessica jess jessie',
  'john jack johnny jon',
  'jonathan jon john',
  'joseph joe joey',
  'joshua josh',
  'kenneth ken kenny',
  'krishna kishan krishnan',
  'lakshmi laxmi',
  'lawrence larry',
  'manjunath manju',
  'margaret maggie meg peggy',
  'matthew matt',
  'michael mike mick mickey',
  'mukherjee mukherji mookerjee',
  'mohammed mohammad muhammad mohamed mohd md',
  'nicholas nick nicky',
  'nicole nicky',
  'pamela pam',
  'patricia pat patty trish tricia',
  'patrick pat paddy',
  'peter pete',
  'philip phil',
  'prabhakar prabhu',
  'priyanka priya',
  'rajendra raju rajinder rajender',
  'rajesh raju',
  'ravindra ravi ravinder',
  'rebecca becky',
  'richard rick dick ricky rich',
  'robert bob bobby rob robbie',
  'ronald ron ronnie',
  'samuel sam sammy',
  'samantha sam',
  'sanjay sanju',
  'singh sinh',
  'stephen steven steve',
  'subramaniam subramanian subramanyam subbu',
  'sudhakar sudha',
  'surendra surinder surender',
  'susan sue susie suzy',
  'theodore ted theo',
  'thomas tom tommy',
  'timothy tim timmy',
  'venkatesh venkat venky',
  'verma varma',
  'victoria vicky tori',
  'vijayalakshmi viji',
  'vikram vicky',
  'vikas vicky',
  'william bill billy will willy liam',
  'zachary zach zack',
];

/** Spellings of one sound, in the order in which they are replaced. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/ksh|x/g, 'ks'],
  [/ph/g, 'f'],
  [/c(?!h)|q/g, 'k'],
  [/ch+/g, 'c'],
  [/(?<=[bdgjkst])h/g, ''],
  [/w/g, 'v'],
  [/z/g, 'j'],
  [/ee|ea|ii/g, 'i'],
  [/oo|ou|uu/g, 'u'],
  [/[ae][iy]/g, 'e'],
  [/a[uow]|av(?![aeiou])/g, 'o'],
  [/y/g, 'i'],
  [/(.)\1+/g, '$1'],
  [/(?<=.{4})[aeh]$/, ''],
];

/**
 * What spellings of one name have in common: deepak and dipak, pooja and puja, shweta and sveta,
 * lakshmi and laxmi.
 */
export const spellingKey = (name: string): string =>
  spellings.reduce((key, [pattern, letters]) => key.replace(pattern, letters), name);

/** The formal names of each form, by its spelling key. */
const formalsOf = new Map<string, Set<string>>();
for (const forms of formsOf.map((line) => line.split(' ')))
  for (const form of forms.map(spellingKey))
    formalsOf.set(form, (formalsOf.get(form) ?? new Set()).add(forms[0] ?? form));

/**
 * Whether two names, by their spelling keys, can be forms of the same one: bob and robert, mohd and
 * muhammad. Rajesh and Rajendra cannot, although raju is short for both.
 */
export const areForms = (a: string, b: string): boolean => {
  const [one = none, other = none] = [formalsOf.get(a), formalsOf.get(b)];
  return [...one].some((formal) => other.has(formal));
};

const none: ReadonlySet<string> = new Set();
