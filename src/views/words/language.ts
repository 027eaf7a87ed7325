// The languages of the views. Every word of the product's screens exists in each of them; a missing one does not compile.

export type Language = 'en' | 'zh';

export type InEach<Words> = Readonly<Record<Language, Words>>;
