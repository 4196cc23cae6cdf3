export const readPage=(t)=>[["text",t]];
