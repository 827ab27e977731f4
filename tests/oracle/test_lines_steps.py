"""Steps that write, look, branch, remember and lay out memory, eagerly and compiled, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
p = nn.Parameter(t([1.0, 2.0, 3.0]))
w = nn.Parameter(T.randn(3, 4))
x = T.randn(6, 3)
c = T.randn(2, 3, 4, 5).contiguous(memory_format=T.channels_last)
q = T.zeros(6, 3)
K = [0]
E = lambda: []
def back(l): p.grad = w.grad = None; l.backward(); return l, p.grad, w.grad
"""

STEPS = table(r"""
a view of an argument written | \ndef s(x): y=x.clone(); y[1:3,:2]=0; y.t()[0]+=1; y.view(-1)[::4]*=2; return y,y.sum()
an argument written | \ndef s(x): x[0]=7; x.mul_(2); return x
a held tensor written | \ndef s(x): q.add_(x); q[0].zero_(); q.t()[1].copy_(x[:,0]); return q.sum()\nE=lambda: [q]
a held tensor written through a view | v=q[2:4]\ndef s(x): v.add_(x[:2]); q[3].mul_(2); return v.sum(),q.sum()\nE=lambda: [q,v]
a ring of memory | \ndef s(x): i=K[0]%6; q[i]=x.mean(0); K[0]+=1; return q.clone(),q.roll(-K[0],0)\nE=lambda: [q,K]
rolled memory | S=[q]\ndef s(x): S[0]=T.cat([S[0][1:],x[:1]]); return S[0].mean(0)\nE=lambda: S
a counter that is a tensor | k=T.zeros((),dtype=T.long)\ndef s(x): k.add_(1); return x*k,k.clone()\nE=lambda: [k]
a counter that is a number | \ndef s(x): K[0]+=1; return x*K[0]+(K[0]%2)\nE=lambda: K
branches on a number | \ndef s(x): K[0]+=1; return x.relu() if K[0]%2 else -x
branches on a value | \ndef s(x): return x*2 if x.sum()>0 else x-1
loops until small | \ndef s(x):\n y=x.abs().sum()+1\n while y>1: y=y/2\n return y
loops by shape | \ndef s(x):\n y=0\n for i in range(x.shape[0]): y=y+x[i]*i\n return y
rows of sizes that differ | \ndef s(x): K[0]+=1; return x[:K[0]].sum(0),x[K[0]:].mean(1) if K[0]<5 else x
rows chosen anew | \ndef s(x): k=x[:,0]>x[:,0].mean(); return x[k].sum(),k.nonzero().shape[0],x.masked_fill(k[:,None],0.)
places that move | \ndef s(x): K[0]+=1; i=t([K[0]%3,(K[0]+1)%3]); return x[:,i],x.index_select(1,i),x.gather(1,i[None].expand(6,-1)),T.zeros(6,3).scatter(1,i[None].expand(6,-1),x[:,:2])
dropout in memory's order | \ndef s(x): z=c*x[0,0]; return F.dropout(z,.5),F.dropout(z.flip(2),.3),F.dropout(z.permute(0,2,3,1),.5),T.rand_like(z),F.dropout(z+z.contiguous(),.5),F.dropout(z.softmax(1),.5)
channels last through layers | k=nn.Conv2d(3,4,3,padding=1); b=nn.BatchNorm2d(4)\ndef s(x): z=F.dropout(F.max_pool2d(b(k(c*x[0,0])).relu(),2),.5); l=z.pow(2).sum(); k.zero_grad(); l.backward(); return z,z.stride(),k.weight.grad\nE=lambda: list(b.buffers())
sequences turned | r=nn.LSTM(3,4); z=nn.Linear(4,2)\ndef s(x): y=x.view(2,3,3).transpose(0,1); o,_=r(y); o=F.dropout(o.transpose(0,1),.4); l=z(o).log_softmax(-1).permute(0,2,1); g=F.nll_loss(l,t([[0,1,0],[1,1,0]])); r.zero_grad(); g.backward(); return g,o.stride(),r.weight_hh_l0.grad
a mask drawn once | d=T.rand(6,3)>.5\ndef s(x): return back((x*d*p).sum()+(w**2).sum())
weights under no_grad | \ndef s(x):\n l=back(((x@w)**2).mean()+(p**2).sum())\n with T.no_grad(): w.sub_(.1*w.grad); p.add_(p.grad,alpha=-.1); w.clamp_(-1,1)\n return l\nE=lambda: [p,w]
weights by data | \ndef s(x): l=back(((x@w)**2).mean()+(p**2).sum()); w.data-=.1*w.grad; p.data.add_(p.grad,alpha=-.1); return l\nE=lambda: [p,w]
weights given anew | \ndef s(x): l=back(((x@w)**2).mean()+(p**2).sum()); w.data=w.data-.1*w.grad; p.data=(p-.1*p.grad).detach(); return l\nE=lambda: [p,w]
columns normalized in place | \ndef s(x):\n with T.no_grad(): w.div_(w.norm(dim=0,keepdim=True)); w[:,0].mul_(2)\n return back((x@w).pow(2).sum()+p.sum())\nE=lambda: [w]
a part of a weight frozen | \ndef s(x):\n l=back(((x@w)**2).mean()+p.sum()); w.grad[:,0]=0; w.grad[1].mul_(.5)\n with T.no_grad(): w.add_(w.grad,alpha=-.1)\n return l\nE=lambda: [w,w.grad]
a hook that looks | L_=[]; h=w.register_hook(lambda g:L_.append(g.sum().item()))\ndef s(x): return back((x@w).sum()+p.sum())\nE=lambda: L_
a hook that doubles on the way | \ndef s(x): y=x@w; y.register_hook(lambda g:g*2); return back(y.pow(2).sum()+p.sum())
kept on the way | \ndef s(x): y=(x@w).tanh(); y.retain_grad(); l=back(y.sum()+p.sum()); return l,y.grad
two losses of one graph | \ndef s(x): y=(x@w).tanh(); a=T.autograd.grad(y.sum(),w,retain_graph=True)[0]; b=T.autograd.grad(y.pow(2).sum(),w)[0]; return a,b,(a*b).sum()/(a.norm()*b.norm())
gradients that meet | \ndef s(x): a=T.autograd.grad((x@w).pow(2).sum(),w)[0]; b=T.autograd.grad((x@w).abs().sum(),w)[0]; k=(a*b).sum(); return T.where(k<0,a-k*b/(b*b).sum(),a)
a graph kept between steps | h=[T.zeros(6,4)]\ndef s(x): h[0]=T.tanh(x@w+h[0].detach()*.5); return back(h[0].sum()+p.sum())\nE=lambda: h
a value cached by key | C={}\ndef s(x):\n k=round(float(x[0,0]),3)\n if k not in C: C[k]=(x@w).sum().detach()\n return C[k],len(C)
what is printed | L_=[]\ndef s(x): L_.append(f'{x.mean():.3f}'); return x.sum()\nE=lambda: L_
types of dtypes | \ndef s(x): y=x.double()@w.double(); return y.float(),y.long(),(y>0).sum(),y.half().float(),x.to(T.int8),x.int()//2,x.long()%3
integers all the way | \ndef s(x): i=(x*10).long(); u=i.to(T.uint8); return i.sum(0),i//3,i%4,u+200,u*2,i.bitwise_and(6),i<<1,i.max(1),i.clamp(-3,3),i.cumsum(0),i.sort(0)[0],(i==i.t().t()).all(),i.float().std()
words in a dictionary | \ndef s(d,k=2.): return {'a':d*k,'b':[d.sum(),{'c':d.max(0).values}],'n':3}\ns_=s\ns=lambda x: s_(x,k=3.)
an inner function and a lambda | f=lambda a,b=2: a*b+K[0]\ndef s(x):\n def g(y,*a,**k): return f(y,*a)+sum(k.values())\n K[0]+=1; return g(x,3,z=1.),g(x),[g(v) for v in x.unbind(1)]
a class that is called | \nclass S:\n def __init__(s): s.k=1.; s.h=None\n def __call__(s,y): s.k*=.5; s.h=y*s.k if s.h is None else s.h+y*s.k; return s.h\nz=S()\ndef s(x): return z(x),z.k
modules in a list | M_=nn.ModuleList(nn.Linear(3,3) for _ in range(3))\ndef s(x):\n for i,f in enumerate(M_): x=f(x).relu() if i<2 else x+f(x)\n M_.zero_grad(); x.pow(2).sum().backward(); return x\nE=lambda: [q.grad for q in M_.parameters()]
a layer dropped by chance | M_=nn.ModuleList(nn.Linear(3,3) for _ in range(3))\ndef s(x):\n for f in M_:\n  if T.rand(()).item()>.5: x=f(x)\n return x
scaled and shifted by statistics | S=[T.zeros(3),T.ones(3)]\ndef s(x): S[0]=.9*S[0]+.1*x.mean(0); S[1]=.9*S[1]+.1*x.var(0); return (x-S[0])/(S[1]+1e-5).sqrt()\nE=lambda: S
sums that are compared | \ndef s(x): return (x@w).allclose(x.clone()@w),T.equal(x,x),x.isnan().any(),(x.sum()-x.sum(0).sum()).abs()<1e-3
outer loops over batches | \ndef s(x): return T.stack([back((b@w).pow(2).mean()+p.sum())[0].detach() for b in x.split(2)]),w.grad
out arguments | o=T.empty(6,4); n=T.empty(6)\ndef s(x): T.matmul(x,w.detach(),out=o); T.sum(o,1,out=n); T.add(o,1,out=o); return o.clone(),n.clone()\nE=lambda: [o,n]
swapped in place | \ndef s(x): a,b=x[0].clone(),x[1].clone(); x=x.clone(); x[0],x[1]=b,a; x[[2,3]]=x[[3,2]]; return x
expanded and reduced | \ndef s(x): y=x[:,None,:].expand(6,2,3)*t([[1.],[2.]]); return back(y.transpose(0,1).reshape(2,-1).sum(1).prod()+(y*p).sum()+w.sum())
strided | \ndef s(x): y=(x*p).as_strided((4,2),(3,1),1); return back((y**2).sum()+w.sum()),y
windows | \ndef s(x): y=F.unfold((x*p).view(1,1,6,3),2); z=F.fold(y,(6,3),2); return back((z**2).sum()+w.sum()),y,x.unfold(0,3,2).std(-1)
triangles and diagonals | \ndef s(x): a=x@x.t(); a=a.tril()+a.triu(1)*p[0]; a.fill_diagonal_(1.) if not a.requires_grad else None; return back(a.diagonal(1).sum()+T.diag_embed(p).sum()+(a*T.eye(6)).sum()+w.sum())
sorted by what is learned | \ndef s(x): k=(x*p).sum(1); v,i=k.sort(descending=True); return back((v*T.arange(6.)).sum()+x[i].mul(p).cumsum(0).pow(2).mean()+w.sum()),i
indices that repeat | \ndef s(x): i=t([0,0,2,1,2]); e=p[i]; z=T.zeros(3).index_add(0,i,e*x[:5,0]); z=z.scatter_reduce(0,i,e,'amax'); return back(z.pow(2).sum()+w[i].sum()),z
largest of ties | \ndef s(x): y=(x*p).round(); return back(y.amax(1).sum()+y.max(0)[0].sum()+y.max()+y.clamp(-1,1).sum()+T.maximum(y,y.flip(0)).sum()+w.sum())
""")

TAIL = "\nR = [s(x * k) for k in (1.0, 1.0, 0.5, 2.0)], E()"
PROGRAMS = {name: BEGIN + program.lstrip("\n") + TAIL for name, program in STEPS.items()}
PROGRAMS |= {
    f"{name}, compiled": BEGIN + program.lstrip("\n") + "\ns = compiled(s)" + TAIL for name, program in STEPS.items()
}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
